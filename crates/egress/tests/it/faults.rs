//! What goes wrong on the way, and whether the request may have arrived.

use crate::server::{Act, Server, answer};
use crate::{LATE, SOON, egress, egress_to, get, rule, settings};
use http::Method;
use keyferry_egress::{BodyError, Egress, EgressSettings, Outgoing, SendError};
use std::error::Error;
use tokio::net::TcpListener;

#[tokio::test]
async fn a_connection_that_is_cut_before_the_answer_is_cut_and_sent_once() {
    let server = Server::start([Act::Close]).await;
    let error = egress_to(server.address).send(get(server.url("/people/u1"))).await.unwrap_err();
    assert!(matches!(error, SendError::Cut(_)), "{error:?}");
    assert!(!error.nothing_sent());
    assert_eq!(server.requests().len(), 1);
    assert!(!format!("{error:?}").contains("u1"), "the URL stays out of the cause: {error:?}");
}

#[tokio::test]
async fn a_kept_connection_that_is_cut_does_not_send_the_request_again() {
    for method in [Method::GET, Method::POST] {
        let server = Server::start([Act::Write(answer("200 OK", "")), Act::Close]).await;
        let egress = egress_to(server.address);
        egress.send(get(server.url("/first"))).await.unwrap().body(0).await.unwrap();
        let error = egress.send(Outgoing { method, ..get(server.url("/second")) }).await.unwrap_err();
        assert!(matches!(error, SendError::Cut(_)), "{error:?}");
        assert_eq!((server.connections(), server.requests().len()), (1, 2));
    }
}

#[tokio::test]
async fn a_server_that_stalls_is_a_timeout_and_may_have_the_request() {
    let server = Server::start([Act::Stall]).await;
    let outgoing = Outgoing { timeout: SOON, ..get(server.url("/")) };
    let error = egress_to(server.address).send(outgoing).await.unwrap_err();
    assert!(matches!(error, SendError::Timeout), "{error:?}");
    assert!(!error.nothing_sent());
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_body_that_stalls_runs_into_the_same_timeout() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf";
    let server = Server::start([Act::Write(head.to_owned()), Act::Stall]).await;
    let outgoing = Outgoing { timeout: SOON, ..get(server.url("/")) };
    let incoming = egress_to(server.address).send(outgoing).await.unwrap();
    assert!(matches!(incoming.body(64).await, Err(BodyError::Timeout)));
}

#[tokio::test]
async fn a_body_that_is_cut_is_cut() {
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf";
    let server = Server::start([Act::Write(head.to_owned())]).await;
    let incoming = egress_to(server.address).send(get(server.url("/"))).await.unwrap();
    assert!(matches!(incoming.body(64).await, Err(BodyError::Cut(_))));
}

#[tokio::test]
async fn an_answer_that_is_not_http_is_cut() {
    let server = Server::start([Act::Write("220 mail.example ESMTP\r\n".to_owned())]).await;
    let error = egress_to(server.address).send(get(server.url("/"))).await.unwrap_err();
    assert!(matches!(error, SendError::Cut(_)), "{error:?}");
}

#[tokio::test]
async fn where_nobody_listens_nothing_is_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = egress_to(address).send(get(format!("http://{address}/"))).await.unwrap_err();
    assert!(matches!(error, SendError::Connect(_)), "{error:?}");
    assert!(error.nothing_sent() && error.source().is_some());
}

#[tokio::test]
async fn where_tls_does_not_begin_nothing_is_sent() {
    // It hangs up at once.
    let server = Server::start([]).await;
    let port = server.address.port();
    let error = egress(vec![rule("localhost", port, "127.0.0.0/8")])
        .send(get(format!("https://localhost:{port}/")))
        .await
        .unwrap_err();
    assert!(matches!(error, SendError::Connect(_)), "{error:?}");
    assert!(error.nothing_sent());
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_handshake_that_stalls_is_a_connect_timeout_and_nothing_is_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let allow = vec![rule("localhost", port, "127.0.0.0/8")];
    let egress = Egress::new(EgressSettings { connect_timeout: SOON, ..settings(allow) }).unwrap();
    let outgoing = Outgoing { timeout: LATE, ..get(format!("https://localhost:{port}/")) };
    let error = egress.send(outgoing).await.unwrap_err();
    assert!(matches!(error, SendError::ConnectTimeout), "{error:?}");
    assert!(error.nothing_sent());
}

#[tokio::test]
async fn a_name_that_does_not_exist_is_not_connected_to() {
    let egress = Egress::new(EgressSettings { connect_timeout: SOON, ..settings(vec![]) }).unwrap();
    let error = egress.send(get("https://nobody.invalid/")).await.unwrap_err();
    // Without a name server the resolver waits for one: that is nothing sent, too.
    assert!(matches!(error, SendError::Connect(_) | SendError::ConnectTimeout), "{error:?}");
    assert!(error.nothing_sent());
}
