//! What is not dialled: no test here may see a connection.

use crate::server::Server;
use crate::{egress, get, rule};
use keyferry_egress::{AllowRule, Egress, Outgoing, Refusal, SendError};

async fn refusal(egress: &Egress, outgoing: Outgoing) -> Refusal {
    let host = outgoing.url.host_str().unwrap_or_default().to_owned();
    match egress.send(outgoing).await {
        Err(error @ SendError::Refused { .. }) => {
            assert!(error.nothing_sent());
            let SendError::Refused { host: told, why } = error else { unreachable!("it was matched above") };
            assert_eq!(told, host);
            why
        }
        other => panic!("not refused: {other:?}"),
    }
}

#[rstest::rstest]
#[case::plainly("127.0.0.1")]
#[case::as_a_number("2130706433")]
#[case::in_hexadecimal("0x7f000001")]
#[case::in_octal("0177.0.0.1")]
#[case::shortened("127.1")]
#[case::with_a_last_dot("127.0.0.1.")]
#[case::percent_encoded("%31%32%37.0.0.1")]
#[case::in_wide_digits("１２７.0.0.1")]
#[case::mapped("[::ffff:127.0.0.1]")]
#[case::by_name("localhost")]
#[tokio::test]
async fn loopback_is_refused_in_every_spelling(#[case] host: &str) {
    let server = Server::answering("inner").await;
    let url = format!("https://{host}:{}/", server.address.port());
    let why = refusal(&egress(vec![]), get(url)).await;
    assert!(matches!(why, Refusal::Address { .. }), "{why:?}");
    assert_eq!(server.connections(), 0);
}

#[rstest::rstest]
#[case("https://10.0.0.1/", "10.0.0.1 is a private address")]
#[case("https://169.254.169.254/latest/meta-data/", "169.254.169.254 is the metadata service of a cloud")]
#[case("https://[fd00:ec2::254]/", "fd00:ec2::254 is the metadata service of a cloud")]
#[case("https://[fe80::1]/", "fe80::1 is a link-local address")]
#[case("https://0/", "0.0.0.0 is an address of \"this network\"")]
#[tokio::test]
async fn an_address_in_the_url_is_refused_and_named(#[case] url: &str, #[case] told: &str) {
    assert_eq!(refusal(&egress(vec![]), get(url)).await.to_string(), told);
}

#[tokio::test]
async fn a_rule_of_another_integration_host_or_port_does_not_help() {
    let server = Server::answering("inner").await;
    let port = server.address.port();
    let rules: [AllowRule; 3] = [
        AllowRule { integration: "okki".into(), ..rule("127.0.0.1", port, "127.0.0.0/8") },
        rule("localhost", port, "127.0.0.0/8"),
        rule("127.0.0.1", port ^ 1, "127.0.0.0/8"),
    ];
    let egress = egress(rules.to_vec());
    // The other integration has used its rule: its open connection is not for everybody.
    egress.send(Outgoing { integration: "okki".into(), ..get(server.url("/")) }).await.unwrap();
    assert_eq!(server.connections(), 1);

    let why = refusal(&egress, get(format!("https://127.0.0.1:{port}/"))).await;
    assert!(matches!(why, Refusal::Address { .. }), "{why:?}");
    assert_eq!(refusal(&egress, get(server.url("/"))).await, Refusal::PlainHttp);
    assert_eq!(server.connections(), 1);
}

#[rstest::rstest]
#[case::an_address("127.0.0.1")]
#[case::a_name("localhost")]
#[tokio::test]
async fn a_rule_reaches_no_further_than_its_network(#[case] host: &str) {
    let server = Server::answering("inner").await;
    let port = server.address.port();
    let why =
        refusal(&egress(vec![rule(host, port, "10.0.0.0/8")]), get(format!("https://{host}:{port}/"))).await;
    assert!(matches!(why, Refusal::OutsideRule { .. }), "{why:?}");
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn metadata_is_refused_even_where_a_rule_allows_everything() {
    let egress = egress(vec![
        rule("169.254.169.254", 443, "0.0.0.0/0"),
        rule("[fd00:ec2::254]", 443, "::/0"),
        rule("[::ffff:a9fe:a9fe]", 443, "::/0"),
    ]);
    for host in ["169.254.169.254", "[fd00:ec2::254]", "[::ffff:169.254.169.254]"] {
        let why = refusal(&egress, get(format!("https://{host}/"))).await;
        assert!(matches!(why, Refusal::Address { .. }), "{host}: {why:?}");
    }
}

#[rstest::rstest]
#[case::no_rule(&[])]
#[case::a_private_network(&["10.0.0.0/8"])]
#[case::more_than_loopback(&["127.0.0.0/8", "10.0.0.0/8"])]
#[case::everything(&["0.0.0.0/0"])]
#[tokio::test]
async fn plain_http_is_sent_to_loopback_only(#[case] networks: &[&str]) {
    let server = Server::answering("inner").await;
    let rules = networks.iter().map(|network| rule("127.0.0.1", server.address.port(), network)).collect();
    assert_eq!(refusal(&egress(rules), get(server.url("/"))).await, Refusal::PlainHttp);
    assert_eq!(server.connections(), 0);
}

#[rstest::rstest]
#[case("ftp://files.example/", Refusal::Scheme)]
#[case("file:///etc/passwd", Refusal::Scheme)]
#[case("data:text/plain,hello", Refusal::Scheme)]
#[case("http://api.example/", Refusal::PlainHttp)]
#[case("https://someone@api.example/", Refusal::UserInfo)]
#[case("https://:secret@api.example/", Refusal::UserInfo)]
#[tokio::test]
async fn a_url_of_another_kind_is_refused(#[case] url: &str, #[case] why: Refusal) {
    assert_eq!(refusal(&egress(vec![]), get(url)).await, why);
}

#[test]
fn a_request_prints_neither_its_path_nor_its_headers_nor_its_body() {
    let mut outgoing = get("https://api.example/people/u1?token=t1");
    outgoing.headers.insert("authorization", "Bearer b1".parse().unwrap());
    outgoing.body = Some("body".into());
    let shown = format!("{outgoing:?}");
    assert!(shown.contains("api.example"), "{shown}");
    for hidden in ["u1", "t1", "b1", "body"] {
        assert!(!shown.contains(hidden), "{shown}");
    }
}
