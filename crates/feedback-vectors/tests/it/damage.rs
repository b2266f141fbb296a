//! Vectors survive restarts; what was half written or erased does not.

use std::path::Path;

use feedback_vectors::{Entry, Error, Query, VectorFile};

/// 24 bytes, two components and 28 zeros, a checksum, four zeros.
const RECORD: usize = 64;
const HEADER: usize = 128;

fn entry(id: u64, vector: &[f32]) -> Entry<'_> {
    Entry {
        id,
        key: [id as u8; 16],
        vector,
    }
}

fn with_three(path: &Path) -> VectorFile {
    let mut file = VectorFile::create(path, "one", 2).unwrap();
    file.append(&[entry(1, &[1.0, 0.0]), entry(2, &[0.0, 1.0])])
        .unwrap();
    file.append(&[entry(3, &[3.0, 4.0])]).unwrap();
    file
}

fn similar(file: &VectorFile) -> Vec<u64> {
    let query = Query {
        vector: &[1.0, 1.0],
        k: 10,
        min_similarity: -1.0,
        accept: None,
        threads: 1,
    };
    let found = file.search(&query).unwrap();
    found.hits.iter().map(|hit| hit.id).collect()
}

#[test]
fn vectors_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vectors.f16");
    assert!(VectorFile::open(&path).unwrap().is_none());
    drop(with_three(&path));
    let file = VectorFile::open(&path).unwrap().unwrap();
    assert_eq!((file.encoder(), file.width(), file.len()), ("one", 2, 3));
    assert_eq!(file.condition(), Default::default());
    assert_eq!((file.key(3), file.key(9)), (Some([3; 16]), None));
    let vector = file.get(3).unwrap().unwrap();
    assert!(
        (vector[0] - 0.6).abs() < 1e-3 && (vector[1] - 0.8).abs() < 1e-3,
        "{vector:?}"
    );
    assert_eq!((file.id_of(&[2; 16]), file.id_of(&[9; 16])), (Some(2), None));
    assert_eq!(similar(&file), [3, 1, 2], "1 and 2 are equally similar");
    assert_eq!(file.get_many(&[3, 9, 1]).unwrap().0, [3, 1]);
}

/// Whatever the length at which a killed process stopped writing, the vectors before are kept and the rest is cut off.
#[test]
fn a_torn_end_is_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vectors.f16");
    drop(with_three(&path));
    let bytes = fs_err::read(&path).unwrap();
    assert_eq!(bytes.len(), HEADER + 3 * RECORD);
    for length in HEADER + 2 * RECORD + 1..bytes.len() {
        fs_err::write(&path, &bytes[..length]).unwrap();
        let mut file = VectorFile::open(&path).unwrap().unwrap();
        assert_eq!(
            (file.ids(), file.condition().was_torn),
            (vec![1, 2], true),
            "{length}"
        );
        assert!(!file.contains(3));
        file.append(&[entry(3, &[3.0, 4.0])]).unwrap();
        assert_eq!(fs_err::read(&path).unwrap(), bytes);
    }
}

/// A power failure may leave any bytes where records were not yet on the disk.
#[test]
fn a_damaged_record_is_erased_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vectors.f16");
    drop(with_three(&path));
    let bytes = fs_err::read(&path).unwrap();
    for place in HEADER + RECORD..HEADER + 2 * RECORD - 4 {
        let mut damaged = bytes.clone();
        damaged[place] ^= 0x40;
        fs_err::write(&path, &damaged).unwrap();
        let file = VectorFile::open(&path).unwrap().unwrap();
        assert_eq!((file.ids(), file.condition().damaged), (vec![1, 3], 1), "{place}");
        let left = fs_err::read(&path).unwrap();
        assert!(left[HEADER + RECORD..][..RECORD].iter().all(|byte| *byte == 0));
        assert_eq!(file.id_of(&[3; 16]), Some(3));
    }
    let mut damaged = bytes.clone();
    damaged[20] ^= 1;
    fs_err::write(&path, &damaged).unwrap();
    assert!(matches!(VectorFile::open(&path), Err(Error::NotVectors { .. })));
    fs_err::write(&path, &bytes[..60]).unwrap();
    assert!(matches!(VectorFile::open(&path), Err(Error::NotVectors { .. })));
}

#[test]
fn erased_vectors_are_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vectors.f16");
    let mut file = with_three(&path);
    let of_three = fs_err::read(&path).unwrap()[HEADER + 2 * RECORD..].to_vec();
    assert_eq!(file.forget(&[3, 1, 3, 77]).unwrap(), 2);
    let left = fs_err::read(&path).unwrap();
    assert!(
        !left
            .windows(16)
            .any(|part| part == &of_three[8..24] || part == [1; 16])
    );
    assert_eq!((file.ids(), similar(&file)), (vec![2], vec![2]));
    assert_eq!((file.id_of(&[3; 16]), file.get(3).unwrap()), (None, None));
    drop(file);
    let file = VectorFile::open(&path).unwrap().unwrap();
    assert_eq!((file.ids(), file.condition().damaged), (vec![2], 0));
}

#[test]
fn a_file_of_mostly_free_records_becomes_shorter() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vectors.f16");
    let mut file = VectorFile::create(&path, "one", 2).unwrap();
    let vectors: Vec<[f32; 2]> = (1..=3000).map(|id| [id as f32, 1.0]).collect();
    let entries: Vec<Entry<'_>> = (1..=3000)
        .zip(&vectors)
        .map(|(id, vector)| Entry {
            id,
            key: u128::from(id).to_le_bytes(),
            vector,
        })
        .collect();
    file.append(&entries).unwrap();
    let gone: Vec<u64> = (1..=3000).filter(|id| id % 10 > 0).collect();
    file.forget(&gone).unwrap();
    drop(file);
    let mut file = VectorFile::open(&path).unwrap().unwrap();
    assert_eq!(
        fs_err::metadata(&path).unwrap().len() as usize,
        HEADER + 300 * RECORD
    );
    assert_eq!(file.len(), 300);
    let (key, vector) = (file.key(2990).unwrap(), file.get(2990).unwrap().unwrap());
    assert_eq!((key, file.id_of(&key)), (2990_u128.to_le_bytes(), Some(2990)));
    assert!(vector[0] > 0.999);
    file.append(&[entry(1, &[0.0, 1.0])]).unwrap();
    assert_eq!(VectorFile::open(&path).unwrap().unwrap().len(), 301);
}

#[test]
fn an_id_has_one_vector_and_wrong_vectors_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vectors.f16");
    let mut file = with_three(&path);
    file.append(&[entry(1, &[0.0, -1.0])]).unwrap();
    assert_eq!((file.len(), similar(&file)), (3, vec![3, 2, 1]));
    assert!(matches!(
        file.append(&[entry(4, &[1.0])]),
        Err(Error::Width { .. })
    ));
    for vector in [[0.0, 0.0], [f32::NAN, 0.0], [f32::INFINITY, 0.0]] {
        let error = file
            .append(&[entry(4, &[1.0, 1.0]), entry(5, &vector)])
            .unwrap_err();
        assert!(matches!(error, Error::NoDirection { .. }), "{error}");
    }
    let twice = file.append(&[entry(4, &[1.0, 1.0]), entry(4, &[1.0, 1.0])]);
    assert!(matches!(twice, Err(Error::Setting { field: "id", .. })));
    assert_eq!(file.ids(), [1, 2, 3], "nothing was written");
    assert!(VectorFile::create(&path, "", 2).is_err() && VectorFile::create(&path, "one", 0).is_err());
}
