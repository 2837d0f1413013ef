import { git } from './git.ts';
import { hundred } from './hundred.ts';
import { live } from './live.ts';
import { benchRender } from './render.ts';
import { atMost, beside, finish } from './report.ts';
import { startAndStop } from './start-and-stop.ts';
import { thousands } from './thousands.ts';

function render(): Promise<void> {
  const { files, parser, median, slowest, slowestFile } = benchRender();
  beside(`render: XML to command line, median of ${files} files`, median, parser, 'ms', 5);
  atMost(`render: the slowest of them, ${slowestFile}`, slowest, 'ms', 5);
  return Promise.resolve();
}

const suites = { start: startAndStop, live, hundred, thousands, git, render };
const only = process.argv.slice(2);
const unknown = only.filter((name) => !(name in suites));
if (unknown.length > 0)
  throw new Error(`no suite ${unknown.join(', ')}; suites: ${Object.keys(suites).join(', ')}`);
for (const [name, run] of Object.entries(suites)) if (only.length === 0 || only.includes(name)) await run();
finish();
