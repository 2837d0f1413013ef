import type { Finding } from './finding.ts';
import { github } from './github.ts';
import { gitlab } from './gitlab.ts';
import { junit } from './junit.ts';
import { markdownTable } from './markdown.ts';
import { sarif } from './sarif.ts';

/** What pipelines read, by the word after `-o`. `files`: all that were looked at. */
export const reportFormats: Readonly<
  Record<string, (findings: readonly Finding[], files: readonly string[]) => string>
> = { github, sarif, junit, gitlab, markdown: markdownTable };
