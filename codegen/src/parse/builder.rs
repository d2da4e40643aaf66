//! Growing arenas for one function.

use super::signature::leak;
use crate::ir::{Block, Expr, ExprId, Function, List, Local, LocalId, Stmt, Type, Typed};

/// The arenas of a function under construction.
#[derive(Default)]
pub(crate) struct Builder {
    locals: Vec<Local>,
    exprs: Vec<Typed>,
    stmts: Vec<Stmt>,
    lists: Vec<ExprId>,
    /// The blocks that are open, innermost last.
    open: Vec<Vec<Stmt>>,
}

impl Builder {
    pub(crate) fn expr(&mut self, expr: Expr, ty: Type) -> ExprId {
        self.exprs.push(Typed { expr, ty });
        ExprId((self.exprs.len() - 1) as u32)
    }

    pub(crate) fn kind(&self, id: ExprId) -> Expr {
        self.exprs[id.0 as usize].expr
    }

    pub(crate) fn ty(&self, id: ExprId) -> Type {
        self.exprs[id.0 as usize].ty
    }

    pub(crate) fn local(&mut self, name: &str, ty: Type, mutable: bool) -> LocalId {
        self.locals.push(Local { name: leak(name), ty, mutable, length: None });
        LocalId((self.locals.len() - 1) as u32)
    }

    pub(crate) fn array(&mut self, name: &str, ty: Type, mutable: bool, length: u32) -> LocalId {
        self.locals.push(Local { name: leak(name), ty, mutable, length: Some(length) });
        LocalId((self.locals.len() - 1) as u32)
    }

    /// How many locals there are.
    pub(crate) fn locals(&self) -> u32 {
        self.locals.len() as u32
    }

    pub(crate) fn local_info(&self, id: LocalId) -> Local {
        self.locals[id.0 as usize]
    }

    /// The value of a local.
    pub(crate) fn expr_of(&mut self, local: LocalId) -> ExprId {
        let ty = self.local_info(local).ty;
        self.expr(Expr::Local { local }, ty)
    }

    pub(crate) fn list(&mut self, ids: &[ExprId]) -> List {
        let start = self.lists.len() as u32;
        self.lists.extend_from_slice(ids);
        List { start, len: ids.len() as u32 }
    }

    pub(crate) fn stmt(&mut self, stmt: Stmt) {
        self.open.last_mut().expect("a block is open").push(stmt);
    }

    pub(crate) fn open(&mut self) {
        self.open.push(Vec::new());
    }

    /// Ends the innermost block; its statements become a contiguous run.
    pub(crate) fn close(&mut self) -> Block {
        let stmts = self.open.pop().expect("a block is open");
        let block = Block { start: self.stmts.len() as u32, len: stmts.len() as u32 };
        self.stmts.extend(stmts);
        block
    }

    /// Ends the function; its arenas live as long as the program.
    pub(crate) fn finish(self, name: &'static str, arguments: usize, body: Block) -> Function {
        Function {
            name,
            locals: self.locals.leak(),
            arguments: arguments as u32,
            exprs: self.exprs.leak(),
            stmts: self.stmts.leak(),
            lists: self.lists.leak(),
            body,
        }
    }
}
