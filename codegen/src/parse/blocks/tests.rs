//! What bodies are rewritten to.

use super::*;

fn rewritten(body: &str) -> Option<String> {
    let block: Block = syn::parse_str(body).expect("a block");
    let found = blocks(&block, &format_ident!("w"), "window")?;
    // What comes out is a body too.
    let found: Block = syn::parse2(quote!({ #found })).expect("statements");
    Some(found.to_token_stream().to_string().split_whitespace().collect::<Vec<_>>().join(" "))
}

#[test]
fn rounds_go_outside_and_lanes_inside() {
    let found = rewritten("{ let mut sum = 0.0f32; for v in w.cuboid(1) { sum += v; } sum }").expect("a loop");
    let order = [
        "let w = kw_block . window (0) ;",
        "let mut kw_lanes_0 = [Default :: default () ; rt :: BLOCK] ;",
        "for kw_lane in 0 .. kw_block . len ()",
        "in rt :: groups (w . cuboid (1) . offsets ())",
        "for kw_lane in 0 .. kw_block . len ()",
        "let mut sum = kw_lanes_0 [kw_lane] ;",
        "= kw_group [0usize] ; let v = w . peek",
        "= kw_group [3usize] ; let v = w . peek",
        "kw_lanes_0 [kw_lane] = sum ;",
        "kw_value = sum ;",
        "kw_out [kw_lane] = kw_value ;",
    ];
    let mut rest = &found[..];
    for part in order {
        let at = rest.find(part).unwrap_or_else(|| panic!("`{part}` is not in what is left: {rest}"));
        rest = &rest[at + part.len()..];
    }
}

#[test]
fn jumps_are_masks() {
    let found = rewritten("{ for (x, y, z) in w.cuboid(1).offsets() { if w.at(x, y, z) > 1.0 { return 2.0; } } 3.0 }");
    let found = found.expect("a loop");
    assert!(found.contains("let kw_tap_0 = w . peek (x , y , z) ;"), "{found}");
    assert!(found.contains("kw_value = 2.0 ; kw_ended_lane = true ; break 'kw_lane ;"), "{found}");
    assert!(found.contains("if kw_block . is_empty ([& kw_ended]) { break 'kw_all ; }"), "{found}");
    // Around a loop that is no group, each round has a mask of those that go on to the next.
    let nested = "{ let mut n = 0; for i in 0..r { if w.center() > 1.0 { continue; } for v in w.cuboid(1) { if v > 2.0 { break; } n += 1; } } n }";
    let found = rewritten(nested).expect("a loop");
    assert!(found.contains("kw_next_1") && found.contains("kw_gone_2"), "{found}");
}

#[test]
fn some_bodies_stay_as_they_are() {
    for body in [
        "{ w.center() + w.at(1, 0, 0) }",
        "{ let mut n = 0; let end = w.x(); for i in 0..end { n += i; } n }",
        "{ let a = 1.0; for v in w.cuboid(1) { let a = v; f(a); } a }",
        "{ let mut a = [0.0; 3]; for v in w.cuboid(1) { a[0] = v; } a[0] }",
        "{ let mut n = 0; while n < 3 { n += 1; } n }",
    ] {
        assert!(rewritten(body).is_none(), "{body}");
    }
}

#[test]
fn places_take_the_place_of_voxels() {
    let place = |body: &str| {
        let block: Block = syn::parse_str(body).expect("a block");
        place(&block, &format_ident!("source"), "at").map(|block| block.to_token_stream().to_string())
    };
    let moved = place("{ let x = at.x() + 1; source.at(x, at.y(), 0) }").expect("a place");
    assert_eq!(moved, "{ let x = at . x () + 1 ; [x , at . y () , 0] }");
    assert!(place("{ source.at(1, 2, 3) + 1.0 }").is_none() && place("{ source.linear(x, y, z) }").is_none());
    assert!(place("{ if far { return 0.0; } source.at(1, 2, 3) }").is_none());
}

fn under(body: &str) -> Option<String> {
    let block: Block = syn::parse_str(body).expect("a block");
    let found = blocks_under(&block, &format_ident!("source"), &format_ident!("at"))?;
    let found: Block = syn::parse2(quote!({ #found })).expect("statements");
    Some(found.to_token_stream().to_string().split_whitespace().collect::<Vec<_>>().join(" "))
}

#[test]
fn neighbours_under_a_kernel_are_slices() {
    let found = under(
        "{ let mut sum = 0.0f32; for (v, k) in source.under(kernel.turned(axis), at, false) { sum += v * k; } sum }",
    );
    let found = found.expect("a loop");
    let order = [
        "in rt :: groups (kw_block . rounds (kernel . turned (axis) , false))",
        "for kw_lane in 0 .. kw_block . len ()",
        "let (kw_row_1 , k) = kw_group [0usize] ; let v = kw_row_1 [kw_lane] ; sum += v * k ;",
        "kw_value = sum ;",
    ];
    let mut rest = &found[..];
    for part in order {
        let at = rest.find(part).unwrap_or_else(|| panic!("`{part}` is not in what is left: {rest}"));
        rest = &rest[at + part.len()..];
    }
    // Where a segment asks for its place, it is that of the lane.
    assert_eq!(found.matches("kw_block . position (kw_lane)").count(), 0, "{found}");
    let placed =
        under("{ let mut sum = 0; for (v, k) in source.under(kernel, at, true) { sum += v * k * at.x(); } sum }");
    assert!(placed.expect("a loop").contains("let at = kw_block . position (kw_lane) ;"));
}

#[test]
fn a_condition_of_the_kernel_alone_says_which_rounds_there_are() {
    let found = under("{ let mut n = 0; for (v, k) in source.under(kernel, at, false) { if k && all { n += v; } } n }");
    let found = found.expect("a loop");
    assert!(found.contains("kw_block . rounds (kernel , false) . filter (| & (_ , k) | k && all)"), "{found}");
    assert!(!found.contains("if k &&"), "{found}");
    for body in [
        "{ let mut n = 0; for (v, k) in source.under(kernel, at, false) { if v > k { n += v; } } n }",
        "{ let mut n = 0; for (v, k) in source.under(kernel, at, false) { if k { n += v; } else { n += 1; } } n }",
        "{ let mut n = 0; for (v, k) in source.under(kernel, at, false) { if k { n += v; } n += 1; } n }",
    ] {
        assert!(!under(body).expect("a loop").contains("filter"), "{body}");
    }
    // Of another source there are no slices.
    assert!(under("{ let mut n = 0; for (v, k) in other.under(kernel, at, false) { n += v; } n }").is_none());
}
