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
const only = process.argv[2];
if (only !== undefined && !(only in suites)) throw new Error(`suites: ${Object.keys(suites).join(', ')}`);
for (const [name, run] of Object.entries(suites)) if (only === undefined || only === name) await run();
finish();
