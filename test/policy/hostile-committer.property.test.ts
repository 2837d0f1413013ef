import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildCommandLine } from '../../src/drivers/qemu/command-line.ts';
import { renderContext } from '../../src/drivers/qemu/render-context.ts';
import { baselineCapabilities } from '../../src/kinds/domain/baseline-capabilities.ts';
import { kinds } from '../../src/kinds/table.ts';
import { touchesOf } from '../../src/kinds/touches.ts';
import { decodeFile } from '../../src/manifest/decode.ts';
import { encodeYaml } from '../../src/manifest/encode.ts';
import type { DomainDef } from '../../src/model/domain.ts';
import type { Touch } from '../../src/model/touch.ts';
import { isGranted } from '../../src/policy/grants.ts';
import { judgeSource } from '../../src/policy/judge.ts';
import { rulesFor } from '../../src/policy/rules-for.ts';
import { Composer } from '../../src/source/composer.ts';
import { type FileChange, Merger } from '../../src/source/merge.ts';
import { arbitraryDomain, plainDomain } from '../support/arbitrary-domain.ts';

const source = { origin: 'https://git.example.com/vms.git#main:.', trust: 'tenant' } as const;
const rules = rulesFor(undefined, source, 'a.yaml');
const hostNames = new Set(['host', 'bridge', 'listen', 'target']);

/** Every path and every name of something of the host becomes one that can be found again wherever it goes. */
function marked(value: unknown, key = '', next = { at: 0 }): unknown {
  if (typeof value === 'string') {
    if (value.startsWith('/')) return `/canary-${next.at++}-/x`;
    return hostNames.has(key) ? `canary-${next.at++}-` : value;
  }
  if (Array.isArray(value)) return value.map((item) => marked(item, key, next));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      name === 'metadata' || name === 'cmdline' ? item : marked(item, name, next),
    ]),
  );
}

function commandLine(def: DomainDef): string | undefined {
  try {
    const whole = kinds.Domain.complete(def, undefined, baselineCapabilities);
    const { emulator, args } = buildCommandLine(whole, renderContext(def.metadata.name));
    return [emulator, ...args].join(' ');
  } catch {
    // What cannot be built reaches nothing.
    return undefined;
  }
}

test('whatever is committed, nothing of the host reaches QEMU that the tenant policy does not refuse by name', () => {
  let reached = 0;
  fc.assert(
    fc.property(fc.oneof(arbitraryDomain(), plainDomain()), (written) => {
      const def = marked(written) as DomainDef;
      const line = commandLine(def);
      if (line === undefined) return;
      const refused = touchesOf(def, kinds.Domain.touches)
        .filter((touch) => !isGranted(touch, rules))
        .map(({ value }) => value)
        .join(' ');
      for (const [canary] of line.matchAll(/canary-\d+-/g)) {
        // A tap that we make ourselves may be called as the spec likes.
        const ownTap = (def.spec.devices?.interfaces ?? []).some(
          ({ target, managed }) => target === canary && managed !== false,
        );
        // The tag under which the guest mounts a share.
        const guestTag = (def.spec.devices?.filesystems ?? []).some(({ target }) => target === canary);
        if (ownTap || guestTag) continue;
        reached++;
        expect(refused).toContain(canary);
      }
    }),
    { numRuns: 250 },
  );
  expect(reached).toBeGreaterThan(300);
});

test('a spec that passes runs an emulator of the distribution, on files that Qonverge or the distribution made', () => {
  const ours =
    /^(\/run\/qonverge\/|\/var\/lib\/qonverge\/(volumes|nvram)\/|\/usr\/share\/(OVMF|qemu|seabios)|\/dev\/(u?random|hwrng|null|vhost-net|net\/tun|pts\/|vhost-vsock|hugepages))/;
  let passed = 0;
  fc.assert(
    fc.property(plainDomain(), (written) => {
      const text = encodeYaml(written, kinds);
      const { declared } = decodeFile({ path: 'a.yaml', text }, kinds);
      const [item] = declared;
      if (!item) return;
      const verdicts = judgeSource({
        policy: undefined,
        source,
        declared: new Map([[`${item.key.kind}/${item.key.name}`, item]]),
        inside: (file) => file,
        ownPaths: () => [],
        ownerOf: () => undefined,
        isHere: () => false,
      });
      if (verdicts.size > 0) return;
      const line = commandLine(item.def as DomainDef);
      if (line === undefined) return;
      passed++;
      const [emulator, ...rest] = line.split(' ');
      expect(emulator).toBe('/usr/bin/qemu-system-x86_64');
      for (const [path] of rest.join(' ').matchAll(/(?<=["=: ])\/[A-Za-z][^", ]*/g))
        expect(path).toMatch(ours);
    }),
    { numRuns: 250 },
  );
  expect(passed).toBeGreaterThan(50);
});

test('no class, no base, no patch and no value carries a spec past the policy', () => {
  let compared = 0;
  fc.assert(
    fc.property(plainDomain(), fc.constantFrom('class', 'patch', 'value'), (written, way) => {
      const plain = decodeFile({ path: 'a.yaml', text: encodeYaml(written, kinds) }, kinds).declared[0];
      if (!plain) return;
      const { spec, ...head } = kinds.Domain.codec.toYaml(plain.def as DomainDef) as {
        spec: Readonly<Record<string, unknown>>;
      };
      const asText = (value: unknown) => `${JSON.stringify(value)}\n`;
      const escaped = (value: unknown) =>
        JSON.parse(JSON.stringify(value).replaceAll('$', '$$$$')) as unknown;
      const top = { apiVersion: 'qonverge/v1' };
      const least = { memory: spec['memory'] };
      const name = written.metadata.name;
      const files: Readonly<Record<string, string>> = {
        class: `---\n${asText({ ...top, kind: 'DomainClass', metadata: { name: 'c' }, spec: { template: escaped(spec) } })}---\n${asText({ ...head, spec: { class: 'c' } })}`,
        patch: asText({ ...head, spec: least }),
        value: asText({ ...(escaped(head) as object), spec: withTitle(escaped(spec)) }),
      };
      const overlays: Readonly<Record<string, string>> = {
        patch: asText({
          ...top,
          kind: 'Overlay',
          bases: ['base'],
          patches: [{ target: { name }, patch: { spec } }],
        }),
        value: asText({ ...top, kind: 'Overlay', bases: ['base'], values: { title: 'mine' } }),
      };
      const at = way === 'class' ? 'a.yaml' : 'base/a.yaml';
      const texts = new Map([[at, files[way] ?? '']]);
      if (way !== 'class') {
        texts.set('qonverge.yaml', overlays[way] ?? '');
        texts.set('base/qonverge.yaml', asText({ ...top, kind: 'Overlay', base: true }));
      }
      const decoded = [...texts].map(([path, text]) => ({
        path,
        decoded: decodeFile({ path, text, keep: way !== 'class' }, kinds),
      }));
      const changes = decoded.map((file): FileChange => [file.path, file]);
      const composed = new Composer({ kinds, root: '' }).update(
        changes,
        () => decoded,
        (file) => ({ file }),
      );
      const { declared, diagnostics } = new Merger(kinds).update(composed);
      expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
      const [built] = declared.values();
      const reached = (touches: readonly Touch[]) =>
        touches.map(({ reach, value }) => `${reach} ${value}`).sort();
      expect(reached(built?.touches ?? [])).toEqual(reached(plain.touches));
      if (plain.touches.length > 0) compared++;
    }),
    { numRuns: 120 },
  );
  expect(compared).toBeGreaterThan(15);
});

function withTitle(spec: unknown): unknown {
  return { ...(spec as object), title: '${title}' };
}
