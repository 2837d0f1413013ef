// Writes what is derived from the kinds: schemas/*.schema.json and docs/spec/*.md. A test says when they are stale.
import { mkdirSync, writeFileSync } from 'node:fs';
import { impactReference } from '../dist/cli/impact-reference.js';
import { specReference } from '../dist/cli/spec-reference.js';
import { kinds } from '../dist/kinds/table.js';
import { classSchema } from '../dist/manifest/compose/class-schema.js';
import { fileSchema } from '../dist/manifest/compose/file-schema.js';
import { overlaySchema } from '../dist/manifest/compose/overlay.js';
import { valuesSchema } from '../dist/manifest/compose/values-file.js';
import { testSchema } from '../dist/manifest/test-file.js';
import { policySchema } from '../dist/policy/decode.js';
import { configSchema } from '../dist/source/config.js';

mkdirSync('schemas', { recursive: true });
mkdirSync('docs/spec', { recursive: true });
for (const rules of Object.values(kinds)) {
  const name = rules.kind.toLowerCase();
  writeFileSync(`schemas/${name}.schema.json`, `${JSON.stringify(fileSchema(rules), null, 2)}\n`);
  writeFileSync(`docs/spec/${name}.md`, specReference({ kind: rules.kind, schema: fileSchema(rules) }));
}
for (const [kind, schema] of Object.entries({
  Policy: policySchema(),
  Config: configSchema(),
  Test: testSchema(),
  Overlay: overlaySchema(),
  DomainClass: classSchema(),
  Values: valuesSchema(),
})) {
  const name = kind.toLowerCase();
  writeFileSync(`schemas/${name}.schema.json`, `${JSON.stringify(schema, null, 2)}\n`);
  writeFileSync(`docs/spec/${name}.md`, specReference({ kind, schema }));
}
writeFileSync('docs/spec/impact.md', impactReference());
