export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFields = Readonly<Record<string, unknown>>;

const levels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  child(fields: LogFields): Logger;
}

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: 'text' | 'json';
  write(line: string): void;
  now?(): Date;
}

/** Static messages with fields. Control characters never reach a terminal. */
export function createLogger(options: LogOptions, base: LogFields = {}): Logger {
  const log = (level: LogLevel, message: string, fields: LogFields = {}) => {
    if (levels.indexOf(level) < levels.indexOf(options.level)) return;
    const time = (options.now?.() ?? new Date()).toISOString();
    const all = { ...base, ...fields };
    if (options.format === 'json') return options.write(JSON.stringify({ time, level, message, ...all }));
    const words = Object.entries(all).map(([name, value]) => `${name}=${plain(value)}`);
    options.write([time, level.toUpperCase().padEnd(5), message, ...words].join(' '));
  };
  return {
    debug: (message, fields) => log('debug', message, fields),
    info: (message, fields) => log('info', message, fields),
    warn: (message, fields) => log('warn', message, fields),
    error: (message, fields) => log('error', message, fields),
    child: (fields) => createLogger(options, { ...base, ...fields }),
  };
}

export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};

function plain(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /^[\w./:@+-]*$/.test(text ?? '') ? (text ?? '') : JSON.stringify(text);
}
