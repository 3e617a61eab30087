# Kafka from its Java artifacts, in KRaft mode: one broker named kafka, or three named kafka-1 to kafka-3, each a
# controller too. Every broker listens in plain and with TLS and SASL (PLAIN, SCRAM-SHA-512).
# shellcheck shell=bash

kafka_version=4.1.0
kafka_jars=$cache/kafka-$kafka_version
kafka_cluster=ZW1wb3JpdW0tdGVzdHMtMQ # a base64 UUID, as `kafka.tools.StorageTool random-uuid` gives

kafka_install() {
  need java openjdk-17-jdk-headless
  [ -e "$kafka_jars/complete" ] || { fetch kafka "$kafka_jars" && touch "$kafka_jars/complete"; }
}

# The brokers of the folder's cluster.
kafka_nodes() {
  local node
  for node in kafka kafka-1 kafka-2 kafka-3; do
    [ ! -d "$folder/$node" ] || printf '%s\n' "$node"
  done
}

kafka_port() { ( home=$folder/$1; port "$2" ) } # node, name of the port

kafka_joined() { # name of a port: host:port of every broker, with commas between
  local node list=
  for node in $(kafka_nodes); do list+=,127.0.0.1:$(kafka_port "$node" "$1"); done
  printf '%s' "${list#,}"
}

kafka_prepare() {
  local nodes node number=1 voters= replicas
  mapfile -t nodes < <(kafka_nodes)
  replicas=${#nodes[@]}
  for node in "${nodes[@]}"; do
    voters+=,$number@127.0.0.1:$(kafka_port "$node" controller)
    [ "$node" != "$server" ] || local id=$number
    number=$((number + 1))
  done
  cat "$tls/server.key" "$tls/server.pem" >"$home/server.pem"
  local jaas='org.apache.kafka.common.security'
  cat >"$home/server.properties" <<EOF
process.roles=broker,controller
node.id=$id
controller.quorum.voters=${voters#,}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:$(port plain),TLS://127.0.0.1:$(port tls),CONTROLLER://127.0.0.1:$(port controller)
advertised.listeners=PLAINTEXT://127.0.0.1:$(port plain),TLS://127.0.0.1:$(port tls)
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,TLS:SASL_SSL,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
log.dirs=$home/data
# Topics come from \`emporium migrate\` alone.
auto.create.topics.enable=false
offsets.topic.num.partitions=8
offsets.topic.replication.factor=$replicas
transaction.state.log.num.partitions=8
transaction.state.log.replication.factor=$replicas
transaction.state.log.min.isr=$(((replicas + 1) / 2))
share.coordinator.state.topic.num.partitions=4
share.coordinator.state.topic.replication.factor=$replicas
share.coordinator.state.topic.min.isr=$(((replicas + 1) / 2))
default.replication.factor=$replicas
min.insync.replicas=$(((replicas + 1) / 2))
# A broker that was killed gives its partitions up after 3 s (9 s as shipped).
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
# A consumer that was killed gives its partitions up after 10 s (45 s as shipped), so that a shop recovers within 30 s.
group.consumer.session.timeout.ms=10000
group.consumer.min.session.timeout.ms=6000
group.consumer.heartbeat.interval.ms=2000
group.consumer.min.heartbeat.interval.ms=1000
group.initial.rebalance.delay.ms=0
ssl.keystore.type=PEM
ssl.keystore.location=$home/server.pem
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512
listener.name.tls.plain.sasl.jaas.config=$jaas.plain.PlainLoginModule required user_emporium="$password";
listener.name.tls.scram-sha-512.sasl.jaas.config=$jaas.scram.ScramLoginModule required;
EOF
  java "$quick_java" -XX:+UseSerialGC -cp "$kafka_jars/*" -Dlog4j2.configurationFile="$here/kafka/log4j2.properties" kafka.tools.StorageTool format \
    --cluster-id "$kafka_cluster" --config "$home/server.properties" \
    --add-scram "SCRAM-SHA-512=[name=emporium,password=$password]" >"$home/format.log" 2>&1 \
    || { tail -n 20 "$home/format.log" >&2; fail "Kafka's storage could not be made"; }
}

kafka_command() {
  command=(java -Xmx512m -Xms256m "$quick_java" -XX:+UseSerialGC -cp "$kafka_jars/*" -Dlog4j2.configurationFile="$here/kafka/log4j2.properties"
    kafka.Kafka "$home/server.properties")
}

kafka_answers() { grep -q 'Kafka Server started' "$home/log" && taken "$(port plain)"; }

kafka_ready() { :; }

# The same lines for each of three brokers: `up` prints a line once.
kafka_variables() {
  printf 'EMPORIUM_TEST_KAFKA=%s\n' "$(kafka_joined plain)"
  printf 'EMPORIUM_TEST_KAFKA_TLS=%s\n' "$(kafka_joined tls)"
  printf 'EMPORIUM_TEST_KAFKA_TLS_USERNAME=emporium\n'
  printf 'EMPORIUM_TEST_KAFKA_TLS_PASSWORD=%s\n' "$password"
  # What runs Kafka's own tools, such as its console consumer: java -cp "$EMPORIUM_TEST_KAFKA_CLASSES" NAME…
  printf 'EMPORIUM_TEST_KAFKA_CLASSES=%s\n' "$kafka_jars/*"
}

kafka_settings() {
  printf 'EMPORIUM__KAFKA__BROKERS=%s\n' "$(kafka_joined plain)"
}
