// Makes dist/main.js and dist/decode-worker.js whole, with what they import in a few files of dist/chunks: a command
// that opens hundreds of modules spends most of its time on that. Names have no hash, so that a daemon finds what it
// loads later also after an upgrade. The licences of the packages in it: dist/third-party-licenses.txt.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { rolldown } from 'rolldown';

rmSync('dist/chunks', { recursive: true, force: true });
const bundle = await rolldown({
  input: { main: 'src/main.ts', 'decode-worker': 'src/decode-worker.ts' },
  platform: 'node',
});
const { output } = await bundle.write({
  dir: 'dist',
  format: 'esm',
  sourcemap: true,
  chunkFileNames: 'chunks/[name].js',
});
await bundle.close();

const modules = output.flatMap((chunk) => (chunk.type === 'chunk' ? chunk.moduleIds : []));
const packages = new Set(modules.flatMap((id) => /.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []));
const licenses = [...packages].sort().map((root) => {
  const { name, version, license } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));
  const file = ['LICENSE', 'LICENSE.md', 'license'].map((file) => `${root}/${file}`).find(existsSync);
  return `${name} ${version} (${license})\n\n${file === undefined ? '' : readFileSync(file, 'utf8')}`;
});
writeFileSync('dist/third-party-licenses.txt', licenses.join(`\n${'-'.repeat(80)}\n`));
