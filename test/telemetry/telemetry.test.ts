import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EventLog, type EventRecord } from '../../src/telemetry/event-log.ts';
import { createLogger } from '../../src/telemetry/log.ts';

describe('the log', () => {
  const now = () => new Date('2030-01-01T00:00:00Z');
  const logger = (format: 'text' | 'json', level: 'debug' | 'warn' = 'debug') => {
    const lines: string[] = [];
    return { lines, log: createLogger({ level, format, now, write: (line) => lines.push(line) }) };
  };

  test('is one line an entry: time, level, words, fields', () => {
    const { lines, log } = logger('text');
    log.child({ key: 'Domain/a' }).info('start', { reason: 'runStrategy Always', pid: 7 });
    expect(lines).toEqual([
      '2030-01-01T00:00:00.000Z INFO  start key=Domain/a reason="runStrategy Always" pid=7',
    ]);
  });

  test('as JSON is one object a line', () => {
    const { lines, log } = logger('json');
    log.warn('spec', { at: 'a.yaml:1' });
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { time: '2030-01-01T00:00:00.000Z', level: 'warn', message: 'spec', at: 'a.yaml:1' },
    ]);
  });

  test('says nothing below its level', () => {
    const { lines, log } = logger('text', 'warn');
    log.debug('no');
    log.info('no');
    log.warn('yes');
    log.error('yes');
    expect(lines).toHaveLength(2);
  });

  test('what a guest or a file says cannot steer a terminal or forge a line', () => {
    const { lines, log } = logger('text');
    log.info('guest', { said: '\u001b[2J\r\n2030 ERROR forged' });
    expect(lines).toHaveLength(1);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
    expect(lines[0]).not.toMatch(/[\u0000-\u001f]/);
  });
});

describe('the event log', () => {
  const event = (reason: string) => ({ type: 'Normal', reason, message: '' }) as const;

  test('keeps the last ones, tells followers, and hands each to whoever keeps them', () => {
    const kept: EventRecord[] = [];
    const heard: string[] = [];
    const log = new EventLog({ capacity: 3, keep: (record) => kept.push(record) });
    log.append(event('A'));
    const leave = log.follow(({ reason }) => heard.push(reason));
    for (const reason of ['B', 'C', 'D']) log.append(event(reason));
    leave();
    log.append(event('E'));
    expect(log.recent().map(({ reason }) => reason)).toEqual(['C', 'D', 'E']);
    expect(log.recent(1).map(({ reason }) => reason)).toEqual(['E']);
    expect(log.recent(0)).toEqual([]);
    expect(heard).toEqual(['B', 'C', 'D']);
    expect(kept).toHaveLength(5);
  });
});

describe('a failpoint', () => {
  const run = (armed: string) => {
    const module = resolve(import.meta.dirname, '../../dist/telemetry/failpoint.js');
    const script = `
      const { failpoint } = await import(${JSON.stringify(module)});
      await failpoint('a');
      await failpoint('a');
      console.log('alive');
    `;
    return spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      env: { QONVERGE_FAILPOINTS: armed },
      encoding: 'utf8',
      timeout: 10_000,
    });
  };

  test('does nothing unless it is armed by its name', () => {
    expect(run('b=kill').stdout).toBe('alive\n');
    expect(run('a=nonsense').stdout).toBe('alive\n');
  });

  test('kills or throws at the time that was asked for', () => {
    expect(run('a=kill').signal).toBe('SIGKILL');
    expect(run('a=throw@2').stderr).toContain('failpoint a');
    expect(run('a=kill@3').stdout).toBe('alive\n');
  });
});
