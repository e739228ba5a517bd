//! How the node's own commands read.

use std::path::Path;

use fengsui_model::DivisionCode;
use fengsui_wire::PublicKey;

/// What was set up, and what comes next, in order.
pub(crate) fn set_up(dir: &Path, division: DivisionCode, key: PublicKey) -> String {
    let dir = dir.display();
    format!(
        "已建站：{dir}（{division}）\n密钥 {key}\n下一步：\n  1. 请县级运行：fengsui-hub appoint {key} {division}\n  \
         2. 本机运行：fengsui-node --data {dir} run\n  3. 检查：fengsui-node --data {dir} doctor"
    )
}
