//! The key file: private, told apart when it is wrong, and never lost.

use keyferry_vault::{KeyFile, KeyProvider, KeyRingError};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use tempfile::TempDir;

fn folder_and_file() -> (TempDir, KeyFile) {
    let folder = tempfile::tempdir().unwrap();
    let file = KeyFile(folder.path().join("keys").join("keys.toml"));
    (folder, file)
}

/// A file with this text, readable by its owner only.
fn written(text: &str) -> (TempDir, KeyFile) {
    let (folder, file) = folder_and_file();
    fs::create_dir(file.0.parent().unwrap()).unwrap();
    fs::write(&file.0, text).unwrap();
    close(&file, 0o600);
    (folder, file)
}

fn close(file: &KeyFile, mode: u32) {
    fs::set_permissions(&file.0, Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_new_file_has_one_key_and_is_private() {
    let (_folder, file) = folder_and_file();
    let id = file.create().unwrap();
    assert_eq!(file.load().unwrap().ids(), [id]);
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&file.0), 0o600);
    assert_eq!(mode(file.0.parent().unwrap()), 0o700);
}

#[test]
fn the_text_of_a_new_file_can_be_written_by_other_means() {
    let (_folder, file) = written(&KeyFile::new_text());
    assert_eq!(file.load().unwrap().ids().len(), 1);
    assert_ne!(KeyFile::new_text(), KeyFile::new_text());
}

#[test]
fn a_file_that_is_there_is_never_made_again() {
    let (_folder, file) = folder_and_file();
    let id = file.create().unwrap();
    assert!(matches!(file.create(), Err(KeyRingError::Exists { .. })));
    assert_eq!(file.load().unwrap().ids(), [id]);
}

#[test]
fn an_added_key_joins_the_others_and_the_persons_own_words_stay() {
    let (_folder, file) = folder_and_file();
    let first = file.create().unwrap();
    let text = fs::read_to_string(&file.0).unwrap();
    fs::write(&file.0, format!("{text}# kept in the safe, too")).unwrap();

    let second = file.add().unwrap();
    assert_eq!(file.load().unwrap().ids(), [first, second]);
    assert!(fs::read_to_string(&file.0).unwrap().contains("# kept in the safe, too\n"));
    assert_eq!(fs::metadata(&file.0).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_dir(file.0.parent().unwrap()).unwrap().count(), 1, "no draft is left behind");
}

#[rstest::rstest]
#[case::nothing("")]
#[case::a_persons_words("# the keys come later\n")]
fn a_file_without_a_key_gets_one(#[case] text: &str) {
    let (_folder, file) = written(text);
    assert!(matches!(file.load(), Err(KeyRingError::Empty { .. })));
    let id = file.add().unwrap();
    assert_eq!(file.load().unwrap().ids(), [id]);
    assert!(fs::read_to_string(&file.0).unwrap().contains(text));
}

#[test]
fn a_weak_key_is_told_with_how_to_be_rid_of_it() {
    let weak = "[[key]]\nid = \"mk_0123456789abcdef0123456789abcdef\"\nsecret = \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"\n";
    let (_folder, file) = written(weak);
    for error in [file.load().unwrap_err(), file.add().unwrap_err()] {
        let text = error.to_string();
        assert!(
            text.contains("mk_0123456789abcdef0123456789abcdef") && text.contains("take it out"),
            "{text}"
        );
    }
    fs::write(&file.0, "").unwrap();
    assert!(file.add().is_ok(), "what the error says is what mends it");
}

#[test]
fn keys_added_at_once_are_all_kept_or_told() {
    let (_folder, file) = folder_and_file();
    let first = file.create().unwrap();
    let added: Vec<_> = std::thread::scope(|scope| {
        let adders: Vec<_> = (0..8).map(|_| scope.spawn(|| file.add())).collect();
        adders.into_iter().map(|adder| adder.join().unwrap()).collect()
    });
    let mut expected = vec![first];
    for result in added {
        match result {
            Ok(id) => expected.push(id),
            Err(error) => assert!(matches!(error, KeyRingError::Busy { .. }), "{error}"),
        }
    }
    expected.sort();
    assert!(expected.len() > 1, "at least one of them got through");
    assert_eq!(file.load().unwrap().ids(), expected);
}

#[test]
fn a_change_that_fails_leaves_the_file_as_it_was() {
    let (_folder, file) = written("[[key]]\nid = 1");
    assert!(file.add().is_err());
    assert_eq!(fs::read_to_string(&file.0).unwrap(), "[[key]]\nid = 1");
    assert_eq!(fs::read_dir(file.0.parent().unwrap()).unwrap().count(), 1);
}

#[rstest::rstest]
#[case::group(0o640)]
#[case::others(0o604)]
#[case::writable_by_others(0o602)]
#[case::everybody(0o644)]
fn a_file_that_others_may_read_is_refused(#[case] mode: u32) {
    let (_folder, file) = folder_and_file();
    file.create().unwrap();
    close(&file, mode);
    for error in [file.load().unwrap_err(), file.add().unwrap_err()] {
        let text = error.to_string();
        assert!(text.contains(&format!("chmod 600 {}", file.0.display())), "{text}");
        assert!(text.contains(&format!("{mode:o}")), "{text}");
    }
    close(&file, 0o400);
    assert!(file.load().is_ok());
}

#[test]
fn a_missing_file_is_told_with_the_command_that_makes_one() {
    let (_folder, file) = folder_and_file();
    let text = file.load().unwrap_err().to_string();
    assert!(text.contains(&*file.0.to_string_lossy()) && text.contains("keyferry key add"), "{text}");
}

#[test]
fn a_folder_is_not_a_key_file() {
    let folder = tempfile::tempdir().unwrap();
    let error = KeyFile(folder.path().to_owned()).load().unwrap_err();
    assert!(matches!(error, KeyRingError::NotAFile { .. }));
}

#[rstest::rstest]
#[case::empty("", "holds no master key")]
#[case::not_toml("[[key]]\nid = mk\n", "line 2")]
#[case::another_table(
    "[[key]]\nid = \"mk_0123456789abcdef0123456789abcdef\"\nsecrets = \"c2VjcmV0\"\n",
    "line"
)]
#[case::a_broken_secret("[[key]]\nid = \"mk_1\"\nsecret = \"c2VjcmV0\n", "line 3")]
#[case::another_type("[[key]]\nid = \"mk_1\"\nsecret = [\"c2VjcmV0\"]\n", "line 3")]
#[case::not_an_id("[[key]]\nid = \"c2VjcmV0\"\nsecret = \"c2VjcmV0\"\n", "key 1: the id")]
#[case::not_base64(
    "[[key]]\nid = \"mk_0123456789abcdef0123456789abcdef\"\nsecret = \"c2VjcmV0%\"\n",
    "key 1: the secret"
)]
#[case::short("[[key]]\nid = \"mk_0123456789abcdef0123456789abcdef\"\nsecret = \"c2VjcmV0\"\n", "shorter")]
fn a_malformed_file_is_told_by_place_and_never_quoted(#[case] text: &str, #[case] told: &str) {
    let (_folder, file) = written(text);
    let error = file.load().unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(shown.contains(told), "{shown}");
    assert!(!shown.contains("c2VjcmV0"), "{shown}");
}
