//! What goes out and what comes back when all is well.

use crate::server::{Act, Server, answer};
use crate::{egress, egress_to, get, rule};
use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode};
use keyferry_egress::{BodyError, Outgoing};

#[tokio::test]
async fn an_allowed_address_is_reached_with_the_request_as_it_was_given() {
    let server = Server::answering("{\"ok\":true}").await;
    let mut outgoing = Outgoing {
        method: Method::POST,
        body: Some(Bytes::from_static(b"{\"userId\":\"u1\"}")),
        ..get(server.url("/v1/track?x=%2F"))
    };
    outgoing.headers.insert("accept-encoding", HeaderValue::from_static("identity"));
    outgoing.headers.insert("content-type", HeaderValue::from_static("application/json"));

    let incoming = egress_to(server.address).send(outgoing).await.unwrap();
    assert_eq!(incoming.status, StatusCode::OK);
    assert_eq!(incoming.headers["content-length"], "11");
    assert_eq!(incoming.body(64).await.unwrap(), "{\"ok\":true}");

    let [request] = server.requests().try_into().unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("POST /v1/track?x=%2F HTTP/1.1\r\n"), "{head}");
    assert_eq!(body, "{\"userId\":\"u1\"}");
    let mut names: Vec<_> = head.lines().skip(1).filter_map(|line| line.split(':').next()).collect();
    names.sort_unstable();
    assert_eq!(names, ["accept", "accept-encoding", "content-length", "content-type", "host"]);
}

#[tokio::test]
async fn a_name_is_reached_where_the_rule_says() {
    let server = Server::answering("hello").await;
    let egress = egress(vec![
        rule("localhost", server.address.port(), "127.0.0.0/8"),
        rule("localhost", server.address.port(), "::1/128"),
    ]);
    let incoming = egress.send(get(format!("http://LOCALHOST:{}/", server.address.port()))).await.unwrap();
    assert_eq!(incoming.body(5).await.unwrap(), "hello");
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let elsewhere = Server::answering("elsewhere").await;
    let redirect =
        format!("HTTP/1.1 307 Over There\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n", elsewhere.url("/"));
    let server = Server::start([Act::Write(redirect)]).await;
    let egress = egress(
        [&server, &elsewhere].map(|server| rule("127.0.0.1", server.address.port(), "127.0.0.0/8")).to_vec(),
    );
    let incoming = egress.send(get(server.url("/"))).await.unwrap();
    assert_eq!(incoming.status, StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(incoming.headers["location"], elsewhere.url("/"));
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn one_connection_serves_many_requests() {
    let server = Server::answering("again").await;
    let egress = egress_to(server.address);
    for _ in 0..3 {
        egress.send(get(server.url("/"))).await.unwrap().body(5).await.unwrap();
    }
    assert_eq!((server.connections(), server.requests().len()), (1, 3));
}

#[tokio::test]
async fn a_body_of_just_the_limit_is_read_and_one_more_byte_is_not() {
    for (limit, fits) in [(5, true), (4, false), (0, false)] {
        let server = Server::answering("hello").await;
        let incoming = egress_to(server.address).send(get(server.url("/"))).await.unwrap();
        match incoming.body(limit).await {
            Ok(body) => assert!(fits && body == "hello"),
            Err(error) => {
                assert!(!fits && matches!(error, BodyError::TooLong { limit: told } if told == limit));
            }
        }
    }
}

#[tokio::test]
async fn a_body_of_unknown_length_is_counted_while_it_comes() {
    // It never ends: the limit does.
    let chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n4\r\nefgh\r\n";
    let server = Server::start([Act::Write(chunks.to_owned()), Act::Stall]).await;
    let incoming = egress_to(server.address).send(get(server.url("/"))).await.unwrap();
    assert!(matches!(incoming.body(7).await, Err(BodyError::TooLong { limit: 7 })));
}

#[tokio::test]
async fn an_upstream_error_is_an_answer() {
    let server = Server::start([Act::Write(answer("503 Busy", "later"))]).await;
    let incoming = egress_to(server.address).send(get(server.url("/"))).await.unwrap();
    assert_eq!(incoming.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(incoming.body(64).await.unwrap(), "later");
    assert_eq!(server.requests().len(), 1);
}
