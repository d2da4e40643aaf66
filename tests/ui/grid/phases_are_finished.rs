use kernwerk::prelude::*;

#[gpu_op(grid)]
pub fn left_early(at: Lane<64>, image: Read<f32>, output: Write<f32>, held: Shared<f32, 64>, steps: u32) {
    {
        if at.lane() > 10 {
            return;
        }
        held.store(at.lane(), image.get(at.lane()));
    }
    for _ in 0..steps {
        {
            if held.get(0) > 1.0 {
                break;
            }
            for k in 0..4u32 {
                if k > 2 {
                    break;
                }
            }
            if held.get(1) > 1.0 {
                continue;
            }
        }
    }
    if steps > 1 {
        return;
    }
    {
        output.store(at.lane(), held.get(at.lane()));
        held.load(0);
        let all = held;
    }
}

fn main() {}
