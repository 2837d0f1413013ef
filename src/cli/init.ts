import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { kinds } from '../kinds/table.ts';
import { classSchema } from '../manifest/compose/class-schema.ts';
import { fileSchema } from '../manifest/compose/file-schema.ts';
import { overlaySchema } from '../manifest/compose/overlay.ts';
import { valuesSchema } from '../manifest/compose/values-file.ts';
import { testSchema } from '../manifest/test-file.ts';
import { Failure } from '../model/failure.ts';
import type { Command } from './command.ts';
import { pipelineFiles } from './init-files.ts';

export const init: Command = {
  name: 'init',
  usage: 'init DIR',
  about: 'make a spec repository: schemas, an example, tests, pipelines of GitHub and GitLab, hooks',
  flags: {},
  examples: ['qonverge init my-vms && cd my-vms && git init'],
  async run(args, terminal) {
    const [directory] = args.positionals;
    if (directory === undefined) throw new Failure('refused', 'init needs a DIR', { retry: 'never' });
    for (const [name, text] of Object.entries(files())) {
      const path = join(directory, name);
      await mkdir(dirname(path), { recursive: true });
      try {
        await writeFile(path, text, { flag: 'wx', mode: text.startsWith('#!') ? 0o755 : 0o644 });
        terminal.out(`wrote ${path}`);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        terminal.err(`kept  ${path}: it is there already`);
      }
    }
    terminal.out(`
Next, in ${directory}:
  git init                                # if it is no repository yet
  git config core.hooksPath .githooks     # checks what is committed (or: pre-commit install)
  qonverge validate vms && qonverge plan vms`);
    return 0;
  },
};

function files(): Readonly<Record<string, string>> {
  const all = {
    ...Object.fromEntries(Object.values(kinds).map((rules) => [rules.kind, fileSchema(rules)])),
    DomainClass: classSchema(),
    Overlay: overlaySchema(),
    Values: valuesSchema(),
  };
  const schemas = Object.entries(all).map(([kind, schema]) => [
    `schemas/${kind.toLowerCase()}.schema.json`,
    `${JSON.stringify(schema, null, 2)}\n`,
  ]);
  return {
    ...Object.fromEntries(schemas),
    'schemas/test.schema.json': `${JSON.stringify(testSchema(), null, 2)}\n`,
    'vms/example.yaml': `# yaml-language-server: $schema=../schemas/domain.schema.json
apiVersion: qonverge/v1
kind: Domain
metadata: {name: example, labels: {app: demo}}
spec:
  runStrategy: Manual # a person starts it: qonverge start example
  memory: 512MiB
  vcpus: 1
  os: {machine: q35}
  devices:
    disks:
      - {name: root, volume: example-root, bus: virtio, format: qcow2}
    interfaces:
      - {name: lan, type: user, model: virtio}
    serials:
      - {type: pty}
---
apiVersion: qonverge/v1
kind: Volume
metadata: {name: example-root}
spec: {capacity: 10GiB, format: qcow2}
`,
    ...pipelineFiles,
    'README.md': `# Virtual machines

Specs in \`vms/\`, one machine a file, kept equal to the host by [Qonverge](https://github.com/qonverge/qonverge);
what is expected of them in \`tests/\`.

    qonverge validate vms     # check
    qonverge test vms tests   # check what you expect of them
    qonverge fmt vms          # one form
    qonverge plan vms         # preview
    qonverge apply vms        # converge once
    qonverge watch vms        # keep it so

Once in each clone, so that what is committed has been checked:

    git config core.hooksPath .githooks   # or, with pre-commit.com: pre-commit install
`,
  };
}
