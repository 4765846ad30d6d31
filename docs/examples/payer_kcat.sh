#!/bin/sh
# Offset, key, headers and size of every event on a payer's topic: sh docs/examples/payer_kcat.sh CREDENTIALS.json
# Needs kcat 1.7 over librdkafka 2.6.1 or newer (that of Debian 12 is 2.0.2, which cannot log in to Kafka 4 by SCRAM), and
# python3.
set -eu
field() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$credentials" "$1"; }
credentials=$1
settings=$(mktemp)
trap 'rm -f "$settings"' EXIT
# The password stands in a file that mktemp made for its owner alone, not among the words of a process.
cat >"$settings" <<END
bootstrap.servers=$(field kafka_bootstrap)
security.protocol=SASL_SSL
ssl.ca.location=$(field kafka_ca_file)
sasl.mechanisms=SCRAM-SHA-512
sasl.username=$(field kafka_username)
sasl.password=$(field kafka_password)
END
kcat -F "$settings" -C -q -e -o beginning -p 0 -t "$(field topic)" -f '%o  %k  %h  %S bytes\n'
