//! Which kinds of things there are, by the most stable version of their operations.

use super::shelf::Shelf;
use http::StatusCode;

const NONE: Shelf =
    Shelf { path: "", name: "", shown: ["", ""], prefix: "", can: "lcgud", by: None, made: StatusCode::OK };

pub(super) static STABLE: &[Shelf] = &[
    Shelf {
        path: "/spaces/{space_id}/audiences",
        name: "audiences",
        shown: ["audience", "audiences"],
        prefix: "aud_",
        ..NONE
    },
    Shelf {
        path: "/spaces/{space_id}/audiences/{id}/schedules",
        name: "audience-schedules",
        shown: ["audienceSchedule", "audienceSchedules"],
        prefix: "sch_",
        ..NONE
    },
    Shelf {
        path: "/destination/{destination_id}/filters",
        name: "destination-filters",
        shown: ["filter", "filters"],
        prefix: "dfl_",
        ..NONE
    },
    Shelf {
        path: "/functions",
        name: "functions",
        shown: ["function", "functions"],
        prefix: "fn_",
        by: Some(("resourceType", "resourceType")),
        ..NONE
    },
    Shelf {
        path: "/transformations",
        name: "transformations",
        shown: ["transformation", "transformations"],
        prefix: "trf_",
        ..NONE
    },
    Shelf {
        path: "/credentials",
        name: "credentials",
        shown: ["credential", "credentials"],
        prefix: "crd_",
        made: StatusCode::CREATED,
        ..NONE
    },
    Shelf { path: "/groups", name: "groups", shown: ["userGroup", "userGroups"], prefix: "grp_", ..NONE },
    Shelf {
        path: "/groups/{group_id}/users",
        name: "group-users",
        shown: ["user", "users"],
        can: "l",
        ..NONE
    },
    Shelf { path: "/users", name: "users", shown: ["user", "users"], can: "lg", ..NONE },
    Shelf { path: "/roles", name: "roles", shown: ["role", "roles"], can: "l", ..NONE },
    Shelf {
        path: "/tracking-plans",
        name: "tracking-plans",
        shown: ["trackingPlan", "trackingPlans"],
        prefix: "tp_",
        ..NONE
    },
    Shelf {
        path: "/tracking-plans/{tracking_plan_id}/rules",
        name: "rules",
        shown: ["rule", "rules"],
        can: "l",
        ..NONE
    },
    Shelf { path: "/audit-events", name: "audit-events", shown: ["event", "events"], can: "l", ..NONE },
];

pub(super) static BETA: &[Shelf] = &[Shelf {
    path: "/filters",
    name: "space-filters",
    shown: ["filter", "filters"],
    prefix: "flt_",
    by: Some(("integrationId", "integrationId")),
    ..NONE
}];

pub(super) static ALPHA: &[Shelf] = &[
    Shelf { path: "/spaces", name: "spaces", shown: ["space", "spaces"], can: "lg", ..NONE },
    Shelf {
        path: "/spaces/{space_id}/audiences/{audience_id}/activations",
        name: "activations",
        shown: ["activation", "activations"],
        can: "lgud",
        ..NONE
    },
    Shelf {
        path: "/spaces/{space_id}/audiences/{audience_id}/destination-connections",
        name: "audience-connections",
        shown: ["connection", "connections"],
        can: "l",
        ..NONE
    },
    Shelf {
        path: "/spaces/{space_id}/computed-traits",
        name: "computed-traits",
        shown: ["computedTrait", "computedTraits"],
        prefix: "ctr_",
        ..NONE
    },
    Shelf {
        path: "/spaces/{space_id}/profiles-warehouses",
        name: "profiles-warehouses",
        shown: ["profilesWarehouse", "profilesWarehouses"],
        prefix: "pwh_",
        can: "lcud",
        made: StatusCode::CREATED,
        ..NONE
    },
    Shelf {
        path: "/spaces/{space_id}/profiles-warehouses/{warehouse_id}/selective-syncs",
        name: "profile-tables",
        shown: ["item", "items"],
        can: "l",
        ..NONE
    },
    Shelf {
        path: "/spaces/{space_id}/events",
        name: "space-events",
        shown: ["event", "events"],
        can: "l",
        ..NONE
    },
    Shelf {
        path: "/spaces/{space_id}/events/{event_name}/properties",
        name: "event-properties",
        shown: ["eventProperty", "eventProperties"],
        can: "l",
        ..NONE
    },
    Shelf {
        path: "/spaces/{space_id}/traits",
        name: "space-traits",
        shown: ["trait", "traits"],
        can: "l",
        ..NONE
    },
    Shelf {
        path: "/destinations/{destination_id}/subscriptions",
        name: "subscriptions",
        shown: ["subscription", "subscriptions"],
        can: "lgd",
        ..NONE
    },
    Shelf {
        path: "/functions/{function_id}/versions",
        name: "function-versions",
        shown: ["version", "versions"],
        can: "lg",
        ..NONE
    },
    Shelf {
        path: "/insert-function-instances",
        name: "instances",
        shown: ["insertFunctionInstance", "instances"],
        prefix: "ifi_",
        by: Some(("functionId", "_functionId")),
        can: "lgud",
        ..NONE
    },
    Shelf {
        path: "/reverse-etl-models",
        name: "models",
        shown: ["reverseEtlModel", "models"],
        prefix: "mod_",
        made: StatusCode::CREATED,
        ..NONE
    },
    Shelf {
        path: "/reverse-etl-models/{model_id}/syncs",
        name: "syncs",
        shown: ["reverseETLSyncStatus", "syncStatuses"],
        can: "g",
        ..NONE
    },
];
