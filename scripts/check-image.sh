#!/usr/bin/env bash
# Starts a container of an image as docs/setup.md describes it, and checks that it becomes healthy, classifies a text, survives with
# a read-only root folder and without privileges, and ends within 5 seconds: scripts/check-image.sh IMAGE. Needs Docker.
set -euo pipefail
[ $# -eq 1 ] || { echo "usage: $0 IMAGE" >&2; exit 2; }

folder=$(mktemp -d)
key=$(od -An -N 16 -t x1 /dev/urandom | tr -d ' \n')
printf 'sha256:%s name=check\n' "$(printf %s "$key" | sha256sum | cut -d ' ' -f 1)" >"$folder/keys.txt"
chmod 755 "$folder" && chmod 644 "$folder/keys.txt"
container=$(docker run --detach --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges \
  --publish 127.0.0.1::8501 --volume "$folder/keys.txt:/run/secrets/feedback-keys:ro" "$1")
trap 'docker logs "$container"; docker rm --force --volumes "$container" >/dev/null; rm -r "$folder"' EXIT

for _ in $(seq 60); do
  [ "$(docker inspect --format '{{.State.Health.Status}}' "$container")" != healthy ] || break
  sleep 1
done
[ "$(docker inspect --format '{{.State.Health.Status}}' "$container")" = healthy ]
address=$(docker port "$container" 8501/tcp)
curl --fail --silent --header "authorization: Bearer $key" --header 'content-type: application/json' \
  --data '{"text": "The export button does nothing"}' "http://$address/api/v1/classify"
start=$SECONDS
docker stop --time 10 "$container" >/dev/null
[ $((SECONDS - start)) -le 5 ]
[ "$(docker inspect --format '{{.State.ExitCode}}' "$container")" = 0 ]
docker image inspect --format 'size: {{.Size}} bytes' "$1"
