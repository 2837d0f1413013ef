/** What `init` writes for pipelines and hooks, by path. */
export const pipelineFiles: Readonly<Record<string, string>> = {
  '.github/workflows/qonverge.yml': `name: Specs
on:
  pull_request:
  push: { branches: [main] }
permissions: { contents: read, pull-requests: write }
jobs:
  plan:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: qonverge/qonverge/.github/actions/plan@main
        with:
          path: vms
          tests: tests
          format: true
          # On the host, every hour: qonverge export-status --out status.json, put where this job can read it.
          # export: status.json
          # host-key: host.pub
          # max-disruption: restart
          # On a runner of your own with QEMU, and with types: [opened, synchronize, reopened, closed] above:
          # preview: true
`,
  '.gitlab-ci.yml': `qonverge:
  image: node:20
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
  script:
    # A token of the project that may write notes (scope api); what reads the merge request does not see it.
    - token=$QONVERGE_TOKEN; unset QONVERGE_TOKEN
    - npx --yes qonverge validate vms -o gitlab > gl-code-quality-report.json || failed=1
    - npx --yes qonverge validate vms -o junit > junit.xml || failed=1
    - npx --yes qonverge validate vms -o markdown > qonverge.md || failed=1
    - npx --yes qonverge fmt --check vms || failed=1
    - npx --yes qonverge test vms tests || failed=1
    # On the host, every hour: qonverge export-status --out status.json, put where this job can read it.
    - |
      if [ -z "$failed" ] && [ -f status.json ]; then
        npx --yes qonverge plan vms --against status.json --host-key host.pub --prune --max-disruption "\${MAX_DISRUPTION:-dataloss}" -o markdown > qonverge.md || failed=1
      fi
    - QONVERGE_TOKEN=$token node .gitlab/qonverge-note.mjs qonverge.md
    - test -z "$failed"
  artifacts:
    when: always
    reports:
      codequality: gl-code-quality-report.json
      junit: junit.xml
`,
  '.gitlab/qonverge-note.mjs': `// Keeps one note of the merge request up to date: node qonverge-note.mjs FILE
import { readFileSync } from 'node:fs';

const { CI_API_V4_URL, CI_PROJECT_ID, CI_MERGE_REQUEST_IID, QONVERGE_TOKEN } = process.env;
const marker = '<!-- qonverge -->';
const text = readFileSync(process.argv[2], 'utf8').trim() || 'Qonverge: the specs are valid';
const notes = \`\${CI_API_V4_URL}/projects/\${CI_PROJECT_ID}/merge_requests/\${CI_MERGE_REQUEST_IID}/notes\`;

/** Whole lines, and how many are missing. */
function cut(all, most = 60_000) {
  if (all.length <= most) return all;
  const kept = all.slice(0, most).replace(/\\n[^\\n]*$/, '');
  const missing = all.slice(kept.length).trim().split('\\n').length;
  return \`\${kept}\\n\\n**\${missing} more lines** do not fit in here.\\n\`;
}

async function call(method, url, content) {
  const headers = { 'private-token': QONVERGE_TOKEN, 'content-type': 'application/json' };
  const response = await fetch(url, { method, headers, ...(content ? { body: JSON.stringify(content) } : {}) });
  if (!response.ok) throw new Error(\`\${method} \${url}: \${response.status}\`);
  return response.json();
}

async function mine() {
  for (let page = 1; page <= 20; page++) {
    const some = await call('GET', \`\${notes}?per_page=100&page=\${page}\`);
    const found = some.find((note) => note.body.startsWith(marker));
    if (found || some.length < 100) return found;
  }
}

if (QONVERGE_TOKEN && CI_MERGE_REQUEST_IID)
  try {
    const body = \`\${marker}\\n\${cut(text)}\`;
    const known = await mine();
    if (known) await call('PUT', \`\${notes}/\${known.id}\`, { body });
    else await call('POST', notes, { body });
  } catch (error) {
    // The checks count all the same.
    console.log(\`no note was written: \${error.message}\`);
  }
else console.log(text);
`,
  '.githooks/pre-commit': `#!/bin/sh
# What is about to be committed is checked as it will be, whatever else lies in the work tree.
# Once in each clone: git config core.hooksPath .githooks
set -eu
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
git checkout-index --all --prefix="$tree/"
cd "$tree"
failed=0
qonverge fmt --check vms || failed=1
if ! qonverge validate vms; then failed=1
elif [ -d tests ]; then qonverge test vms tests || failed=1
fi
[ "$failed" = 0 ] || echo 'not committed: mend what stands above (qonverge fmt vms writes the one form), git add, and commit again' >&2
exit "$failed"
`,
  // The same for those who use the framework of pre-commit.com.
  '.pre-commit-config.yaml': `# Once in each clone: pre-commit install
repos:
  - repo: local
    hooks:
      - id: qonverge-fmt
        name: qonverge fmt
        entry: qonverge fmt
        language: system
        files: ^vms/.*\\.ya?ml$
      - id: qonverge-validate
        name: qonverge validate
        entry: qonverge validate vms
        language: system
        pass_filenames: false
        files: ^vms/
      - id: qonverge-test
        name: qonverge test
        entry: qonverge test vms tests
        language: system
        pass_filenames: false
        files: ^(vms|tests)/
`,
  'tests/example.yaml': `# yaml-language-server: $schema=../schemas/test.schema.json
apiVersion: qonverge/v1
kind: Test
expect:
  - {resource: Domain/example, path: spec.memory, atMost: 1GiB}
  - {resource: Domain/example, path: "spec.devices.disks[root].bus", equals: virtio}
  - {every: Domain, path: spec.runStrategy, exists: true}
  - {resource: Domain/example, argument: "virtio-blk-pci"}
`,
};
