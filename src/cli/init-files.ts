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
          # On the host, every hour: qonverge export-status --out status.json, put where this job can read it.
          # export: status.json
          # host-key: host.pub
          # max-disruption: restart
`,
  '.gitlab-ci.yml': `qonverge:
  image: node:20
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
  script:
    - npx --yes qonverge validate vms -o gitlab > gl-code-quality-report.json || failed=1
    - npx --yes qonverge validate vms -o junit > junit.xml || failed=1
    - npx --yes qonverge fmt --check vms
    - npx --yes qonverge test vms tests
    - test -z "$failed"
  artifacts:
    when: always
    reports:
      codequality: gl-code-quality-report.json
      junit: junit.xml
`,
  '.pre-commit-config.yaml': `repos:
  - repo: local
    hooks:
      - id: qonverge-fmt
        name: qonverge fmt
        entry: npx --yes qonverge fmt
        language: system
        files: ^vms/.*\\.ya?ml$
      - id: qonverge-validate
        name: qonverge validate
        entry: npx --yes qonverge validate vms
        language: system
        pass_filenames: false
        files: ^vms/
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
