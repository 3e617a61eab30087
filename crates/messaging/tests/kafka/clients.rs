//! Any client can read the events: here Kafka's own console consumer.

use std::process::Command;

use crate::toy::*;

#[tokio::test(flavor = "multi_thread")]
async fn kafkas_own_console_consumer_reads_cloud_events() {
    let (Some(mut config), Some(classes)) =
        (cluster(), testkit::server("EMPORIUM_TEST_KAFKA_CLASSES"))
    else {
        return;
    };
    config.partitions = 1;
    let toy = Toy::new(config).await;
    let relay = toy.relay();
    let id = aggregates(1)[0];
    let events = [step(id, 1), step(id, 2)];
    toy.announce(&events).await;
    let (brokers, topic) = (toy.config.brokers.clone(), toy.config.topic(TOPIC));
    let read = tokio::task::spawn_blocking(move || {
        Command::new("java")
            .args([
                "-cp",
                &classes,
                "org.apache.kafka.tools.consumer.ConsoleConsumer",
            ])
            .args([
                "--bootstrap-server",
                &brokers,
                "--topic",
                &topic,
                "--from-beginning",
            ])
            .args(["--max-messages", "2", "--timeout-ms", "30000"])
            .args([
                "--property",
                "print.headers=true",
                "--property",
                "print.key=true",
            ])
            .output()
            .unwrap()
    });
    let output = read.await.unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines.len(),
        2,
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for (line, event) in lines.iter().zip(&events) {
        let [headers, key, data]: [&str; 3] =
            line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let traceparent = event.traceparent.as_deref().unwrap();
        let expected = [
            "content-type:application/json".to_owned(),
            "ce_specversion:1.0".to_owned(),
            format!("ce_id:{}", event.id),
            format!("ce_type:{}", event.kind),
            format!("ce_source:{TOPIC}"),
            format!("ce_subject:{id}"),
            format!("ce_time:{}", event.time),
            format!("ce_sequence:{}", event.sequence),
            format!("ce_traceparent:{traceparent}"),
            format!("traceparent:{traceparent}"),
        ];
        assert_eq!(headers, expected.join(","));
        assert_eq!(key, id.to_string());
        assert_eq!(data, event.data.to_string());
    }
    relay.stop().await;
    toy.end().await;
}
