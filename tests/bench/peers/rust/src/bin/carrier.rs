// The Rust carrier of bench pipeline: native documents from one topic, canonical on another, in
// transactions. It ends at the first error, for whoever started it to start it again. See ../../../../README.md.
use peer::{translate, Read};
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use std::time::{Duration, Instant};

const CALL: Duration = Duration::from_secs(30);

fn client(bootstrap: &str, settings: &[(&str, &str)]) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", bootstrap).set("socket.nagle.disable", "true");
    for (key, value) in settings {
        config.set(*key, *value);
    }
    config
}

fn consumer(bootstrap: &str, group: &str) -> Read<BaseConsumer> {
    Ok(client(bootstrap, &[
        ("group.id", group),
        ("fetch.wait.max.ms", "100"),
        ("queued.min.messages", "100000"),
        ("queued.max.messages.kbytes", "65536"),
        ("session.timeout.ms", "6000"),
        ("heartbeat.interval.ms", "2000"),
        ("enable.auto.commit", "false"),
        ("enable.auto.offset.store", "false"),
        ("isolation.level", "read_committed"),
        ("auto.offset.reset", "earliest"),
    ])
    .create()?)
}

fn producer(bootstrap: &str, group: &str) -> Read<BaseProducer> {
    Ok(client(bootstrap, &[
        ("transactional.id", group),
        ("transaction.timeout.ms", "10000"),
        ("linger.ms", "2"),
        ("compression.codec", "lz4"),
        ("queue.buffering.max.messages", "100000"),
        ("queue.buffering.max.kbytes", "65536"),
        ("delivery.report.only.error", "true"),
        ("partitioner", "murmur2_random"),
    ])
    .create()?)
}

/// A transaction: what was sent in it, and how far each partition was read.
struct Batch {
    began: Instant,
    count: usize,
    next: Vec<i64>,
}

fn carry(producer: &BaseProducer, to: &str, m: &BorrowedMessage, batch: &mut Batch, out: &mut Vec<u8>) -> Read<()> {
    if batch.count == 0 {
        producer.begin_transaction()?;
        batch.began = Instant::now();
    }
    let document = m.payload().ok_or("a tombstone")?;
    translate(if document[0] == b'<' { "spi" } else { "pole" }, document, out)?;
    let mut record = BaseRecord::to(to).key(m.key().ok_or("no key")?).payload(&out[..]);
    record.headers = m.headers().map(|h| h.detach());
    while let Err((e, again)) = producer.send(record) {
        if e != KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull) {
            return Err(e.into());
        }
        producer.poll(Duration::from_millis(10));
        record = again;
    }
    let partition = m.partition() as usize;
    if batch.next.len() <= partition {
        batch.next.resize(partition + 1, -1);
    }
    batch.next[partition] = m.offset() + 1;
    batch.count += 1;
    Ok(())
}

fn commit(consumer: &BaseConsumer, producer: &BaseProducer, from: &str, batch: &mut Batch) -> Read<()> {
    let mut offsets = TopicPartitionList::new();
    for (partition, next) in batch.next.iter_mut().enumerate().filter(|(_, next)| **next >= 0) {
        offsets.add_partition_offset(from, partition as i32, Offset::Offset(*next))?;
        *next = -1;
    }
    batch.count = 0;
    producer.flush(CALL)?;
    producer.send_offsets_to_transaction(&offsets, &consumer.group_metadata().ok_or("no group")?, CALL)?;
    Ok(producer.commit_transaction(CALL)?)
}

fn main() -> Read<()> {
    let args: Vec<String> = std::env::args().collect();
    let [_, bootstrap, group, from, to, commit_ms] = &args[..] else {
        return Err("usage: carrier BOOTSTRAP GROUP FROM TO COMMIT_MS".into());
    };
    let cadence = Duration::from_millis(commit_ms.parse()?);
    let producer = producer(bootstrap, group)?;
    producer.init_transactions(CALL)?;
    let consumer = consumer(bootstrap, group)?;
    consumer.subscribe(&[from])?;
    let mut out = Vec::new();
    let mut batch = Batch { began: Instant::now(), count: 0, next: Vec::new() };
    loop {
        if let Some(m) = consumer.poll(cadence / 4) {
            carry(&producer, to, &m?, &mut batch, &mut out)?;
        }
        if batch.count > 0 && batch.began.elapsed() >= cadence {
            commit(&consumer, &producer, from, &mut batch)?;
        }
    }
}
