//! What the API answers, as structs: names are ClawLink's where its clients read them, ours beside them.

mod approval;
mod call;
mod connection;
mod preview;
mod record;
mod tool;

pub use approval::{ApprovalList, ApprovalSummary, ApprovalUse, ApprovalView};
pub use call::{CallAnswer, Meta, Mode};
pub use connection::{
    ConnectAnswer, ConnectForm, ConnectSessionAnswer, ConnectSessionView, ConnectionList, ConnectionRecord,
    ConnectionView, DeviceUse, IntegrationAccounts, IntegrationItem, IntegrationMeta, Integrations,
    RegionChoice, SlotForm, SlotFormField, SlotHealthView, SlotView,
};
pub use preview::{Affected, Change, ConfirmationView, LimitView, PreviewAnswer, PreviewData};
pub use record::{CallList, CallRecord};
pub use tool::{
    BriefTool, BriefTools, CanonicalTool, Example, FoundTools, ToolAnswer, ToolDescription, ToolListItem,
    Tools,
};
