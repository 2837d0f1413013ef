// count-tests.mjs [--failed] DIR…: sums what vitest's runs left in the directories: NAME.status (how the run ended) and
// NAME.json (its report). Says what failed and, alone on the last line, `N passed, N failed`. A file that ran again
// counts as it did last; what only passed then is named. `--failed`: only the paths of failed files, a line each.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Per file or run that is at fault: what vitest says of it, one entry a run, oldest first. */
const runs = new Map();
const add = (name, file) => runs.set(name, [...(runs.get(name) ?? []), file]);

const directories = process.argv.slice(2).filter((argument) => argument !== '--failed');
for (const directory of directories) {
  for (const entry of readdirSync(directory).filter((entry) => entry.endsWith('.status'))) {
    const path = join(directory, entry.replace('.status', '.json'));
    const files = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).testResults : [];
    for (const file of files) add(relative('.', file.name), file);
    // As when nothing loaded, or an error rose outside of a test.
    const status = readFileSync(join(directory, entry), 'utf8').trim();
    const explained = files.some((file) => failuresOf(file).length > 0);
    if (status !== '0' && !explained) {
      const message = `ended with ${status}, with no failed test: its output says why`;
      add(entry.replace('.status', ''), { status: 'failed', assertionResults: [], message });
    }
  }
}

/** The tests of a file that failed; a file that does not load has none, yet it failed. */
function failuresOf(file) {
  const failed = file.assertionResults.filter((test) => test.status === 'failed');
  if (failed.length > 0) return failed.map((test) => [test.fullName, test.failureMessages.join('\n')]);
  return file.status === 'failed' ? [['the whole', file.message]] : [];
}

function show(title, name, file) {
  for (const [test, message] of failuresOf(file)) {
    console.log(`\n${title}: ${name}: ${test}`);
    console.log(message.split('\n').slice(0, 20).join('\n').slice(0, 2000));
  }
}

if (process.argv.includes('--failed')) {
  for (const [name, files] of runs) if (failuresOf(files.at(-1)).length > 0) console.log(name);
} else {
  let passed = 0;
  let failed = 0;
  for (const [name, files] of runs) {
    const last = files.at(-1);
    passed += last.assertionResults.filter((test) => test.status === 'passed').length;
    failed += failuresOf(last).length;
    show('FAILED', name, last);
    if (failuresOf(last).length === 0)
      for (const file of files) show('Passed only when run again', name, file);
  }
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
}
