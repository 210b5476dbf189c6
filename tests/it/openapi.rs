//! The machine's description: whole, valid in form, and true of real answers.

use crate::world::{Door, World, answer, new_id};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

const METHODS: [&str; 6] = ["get", "put", "post", "delete", "patch", "head"];

async fn described(world: &World) -> Value {
    answer(world.http.get(format!("{}/api/openapi.json", world.url))).await.ok(200)
}

fn operations(api: &Value) -> Vec<(String, &Value)> {
    let mut all = Vec::new();
    for (path, item) in api["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(METHODS.contains(&method.as_str()), "{method} {path}");
            all.push((format!("{method} {path}"), operation));
        }
    }
    all
}

fn resolve<'a>(api: &'a Value, reference: &str) -> &'a Value {
    let pointer = reference.strip_prefix('#').unwrap();
    api.pointer(pointer).unwrap_or_else(|| panic!("{reference} leads nowhere"))
}

fn each_reference(value: &Value, visit: &mut impl FnMut(&str)) {
    match value {
        Value::Object(object) => {
            if let Some(Value::String(reference)) = object.get("$ref") {
                visit(reference);
            }
            object.values().for_each(|inner| each_reference(inner, visit));
        }
        Value::Array(items) => items.iter().for_each(|inner| each_reference(inner, visit)),
        _ => {}
    }
}

#[tokio::test]
async fn the_description_is_a_whole_openapi_3_1_document() {
    let world = World::new().await;
    let api = described(&world).await;
    assert!(api["openapi"].as_str().unwrap().starts_with("3.1."), "{}", api["openapi"]);
    assert!(api["info"]["title"].is_string() && api["info"]["version"].is_string());
    each_reference(&api, &mut |reference| assert!(!resolve(&api, reference).is_null()));
    let schemes = api["components"]["securitySchemes"].as_object().unwrap();

    let mut ids = BTreeSet::new();
    for (name, operation) in operations(&api) {
        let text = |field: &str| operation[field].as_str().unwrap_or_default().to_owned();
        assert!(!text("summary").is_empty() || !text("description").is_empty(), "{name} has no summary");
        assert!(!text("summary").is_empty(), "{name} has no summary");
        assert!(ids.insert(text("operationId")) && !text("operationId").is_empty(), "{name}: its id");
        let tags = operation["tags"].as_array().unwrap_or_else(|| panic!("{name} has no tags"));
        assert!(tags.len() == 1 && tags[0].is_string(), "{name}: {tags:?}");
        check_responses(&api, &name, operation);
        check_parameters(&name, operation);
        for requirement in operation["security"].as_array().into_iter().flatten() {
            for scheme in requirement.as_object().unwrap().keys() {
                assert!(schemes.contains_key(scheme), "{name}: {scheme}");
            }
        }
    }
    assert!(ids.len() > 40, "{ids:?}");
}

fn check_responses(api: &Value, name: &str, operation: &Value) {
    let responses = operation["responses"].as_object().unwrap();
    for (status, response) in responses {
        assert!(response["description"].is_string(), "{name} {status}");
    }
    let success = responses.keys().filter(|status| status.starts_with('2')).count();
    assert_eq!(success, 1, "{name}");
    let problem = &responses["default"]["content"]["application/problem+json"]["schema"]["$ref"];
    let problem = resolve(api, problem.as_str().unwrap_or_else(|| panic!("{name} does not say how it fails")));
    for field in ["type", "title", "status", "code", "detail", "request_id"] {
        assert!(problem["properties"][field].is_object(), "{field}");
    }
}

/// Every `{name}` of a path is a parameter, and every path parameter is in the path.
fn check_parameters(name: &str, operation: &Value) {
    let in_path: BTreeSet<&str> = name.split('{').skip(1).map(|part| part.split('}').next().unwrap()).collect();
    let mut declared = BTreeSet::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        assert!(parameter["schema"].is_object(), "{name}: {parameter}");
        if parameter["in"] == "path" {
            assert_eq!(parameter["required"], true, "{name}");
            declared.insert(parameter["name"].as_str().unwrap());
        }
    }
    assert_eq!(in_path, declared, "{name}");
}

/// Where a real thing is not what a schema says.
fn differences(api: &Value, schema: &Value, thing: &Value, at: &str, found: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        return differences(api, resolve(api, reference), thing, at, found);
    }
    for several in ["oneOf", "anyOf"] {
        if let Some(kinds) = schema[several].as_array() {
            let fits = |kind: &Value| {
                let mut wrong = Vec::new();
                differences(api, kind, thing, at, &mut wrong);
                wrong.is_empty()
            };
            if !kinds.iter().any(fits) {
                found.push(format!("{at}: {thing} is none of {several}"));
            }
            return;
        }
    }
    let allowed: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => return,
    };
    let kind = match thing {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    if !allowed.contains(&kind) {
        found.push(format!("{at}: {thing} is not {allowed:?}"));
    }
    match thing {
        Value::String(text) if schema["enum"].as_array().is_some_and(|words| !words.contains(thing)) => {
            found.push(format!("{at}: {text} is none of {}", schema["enum"]));
        }
        Value::Array(items) => {
            items.iter().for_each(|item| differences(api, &schema["items"], item, &format!("{at}[]"), found));
        }
        Value::Object(fields) => object_differences(api, schema, fields, at, found),
        _ => {}
    }
}

fn object_differences(api: &Value, schema: &Value, fields: &Map<String, Value>, at: &str, found: &mut Vec<String>) {
    let none = Map::new();
    let properties = schema["properties"].as_object().unwrap_or(&none);
    for required in schema["required"].as_array().into_iter().flatten() {
        if !fields.contains_key(required.as_str().unwrap()) {
            found.push(format!("{at}: {required} is missing"));
        }
    }
    for (name, value) in fields {
        match properties.get(name) {
            Some(property) => differences(api, property, value, &format!("{at}.{name}"), found),
            None if schema["additionalProperties"].is_object() => {}
            None => found.push(format!("{at}: {name} is not described")),
        }
    }
}

#[tokio::test]
async fn real_answers_are_as_described() {
    let world = World::new().await;
    let olga = world.owner().await;
    let visitor = world.visitor().await;
    let _chat = visitor.socket().await;
    let api = described(&world).await;
    let customer = json!({"name": "Ann", "email": "a@b.example", "phone": "1", "attributes": {"plan": "gold"}});
    visitor.post("/visitor/identify", &customer).await.ok(204);
    let page = json!({"url": "https://shop.example/", "title": "Shop", "referrer": ""});
    visitor.post("/visitor/page", &page).await.ok(204);
    let file = visitor.upload("/visitor/attachments", "f.txt", "text/plain", b"f".to_vec()).await.ok(201);
    let message = json!({"client_id": new_id(), "text": "hello", "attachments": [file["id"]]});
    let receipt = visitor.post("/visitor/messages", &message).await.ok(201);
    let conversation = receipt["conversation"].as_str().unwrap().to_owned();
    olga.says(&conversation, "Hi").await;
    olga.notes(&conversation, "a note").await;
    let channel = olga.get("/channels").await.ok(200)["items"][0]["id"].as_str().unwrap().to_owned();

    let mut found = Vec::new();
    let mut check = |route: &str, status: &str, answer: &Value| {
        let (method, path) = route.split_once(' ').unwrap();
        let response = &api["paths"][path][method]["responses"][status];
        assert!(response.is_object(), "{route} {status} is not described");
        differences(&api, &response["content"]["application/json"]["schema"], answer, route, &mut found);
    };
    let gets: [(&Door, &str, String); 16] = [
        (&olga, "/session", "/session".into()),
        (&olga, "/organisation", "/organisation".into()),
        (&olga, "/users", "/users".into()),
        (&olga, "/channels", "/channels".into()),
        (&olga, "/channels/{id}", format!("/channels/{channel}")),
        (&olga, "/conversations", "/conversations".into()),
        (&olga, "/conversations/counts", "/conversations/counts".into()),
        (&olga, "/conversations/handed-back", "/conversations/handed-back".into()),
        (&olga, "/conversations/{id}", format!("/conversations/{conversation}")),
        (&olga, "/conversations/{id}/messages", format!("/conversations/{conversation}/messages")),
        (&olga, "/customers/{id}", format!("/customers/{}", visitor.id)),
        (&olga, "/customers/{id}/conversations", format!("/customers/{}/conversations", visitor.id)),
        (&olga, "/search", "/search?q=hello".into()),
        (&visitor, "/visitor/messages", "/visitor/messages".into()),
        (&visitor, "/visitor/channel", format!("/visitor/channel?key={}", world.channel_key)),
        (&olga, "/setup", "/setup".into()),
    ];
    for (door, route, path) in gets {
        let answer = door.get(&path).await.ok(200);
        check(&format!("get /api/v1{route}"), "200", &answer);
    }
    check("post /api/v1/visitor/messages", "201", &receipt);
    check("post /api/v1/visitor/attachments", "201", &file);
    let again = visitor.post("/visitor/session", &json!({"channel": world.channel_key})).await.ok(200);
    check("post /api/v1/visitor/session", "200", &again);
    check("post /api/v1/tokens", "201", &olga.post("/tokens", &json!({"name": "t"})).await.ok(201));
    check("get /api/v1/tokens", "200", &olga.get("/tokens").await.ok(200));
    let person =
        json!({"name": "Ben", "email": "ben@acme.example", "role": "agent", "password": crate::world::PASSWORD});
    check("post /api/v1/users", "201", &olga.post("/users", &person).await.ok(201));
    let path = format!("/conversations/{conversation}");
    check(
        "post /api/v1/conversations/{id}/resolve",
        "200",
        &olga.post(&format!("{path}/resolve"), &json!({})).await.ok(200),
    );
    let problem = olga.get("/conversations/cnv_999999").await.ok(404);
    differences(
        &api,
        &api["paths"]["/api/v1/session"]["get"]["responses"]["default"]["content"]["application/problem+json"]["schema"],
        &problem,
        "a problem",
        &mut found,
    );
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[tokio::test]
async fn the_objects_have_the_fields_of_the_protocol() {
    let world = World::new().await;
    let olga = world.owner().await;
    let visitor = world.visitor().await;
    let conversation = visitor.says("hello").await["conversation"].as_str().unwrap().to_owned();
    let protocol = include_str!("../../docs/protocol.md");
    let objects = protocol.split("```ts").nth(1).unwrap().split("```").next().unwrap();
    let fields = |name: &str, thing: &Value| {
        let text =
            objects.split(&format!("\n{name} ")).nth(1).unwrap_or_else(|| panic!("{name} is not in the protocol"));
        let mut depth = 0;
        let end = text.find(|c| {
            depth += i32::from(c == '{') - i32::from(c == '}');
            depth == 0 && c == '}'
        });
        let text = &text[..end.unwrap()];
        for key in thing.as_object().unwrap().keys() {
            let named = text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == key);
            assert!(named, "{name}.{key} is not in docs/protocol.md");
        }
    };
    fields("Me", &olga.get("/session").await.ok(200));
    fields("User", &olga.get("/users").await.ok(200)["items"][0]);
    let channel = olga.get("/channels").await.ok(200)["items"][0].take();
    fields("Channel", &channel);
    fields("ChannelSettings", &channel["settings"]);
    fields("Customer", &olga.get(&format!("/customers/{}", visitor.id)).await.ok(200));
    let shown = olga.get(&format!("/conversations/{conversation}")).await.ok(200);
    fields("Conversation", &shown);
    fields("Message", &shown["last_message"]);
    fields("Token", &olga.post("/tokens", &json!({"name": "t"})).await.ok(201)["token"]);
    fields("Receipt", &olga.says(&conversation, "Hi").await);
    let page = visitor.get("/visitor/messages").await.ok(200);
    fields("VisitorConversation", &page["conversation"]);
    fields("VisitorMessage", &page["items"][0]);
    fields("VisitorSession", &visitor.post("/visitor/session", &json!({"channel": world.channel_key})).await.ok(200));
}
