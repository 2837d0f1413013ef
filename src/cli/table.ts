import type { Command } from './command.ts';

/** Every command, loaded when it is called: start-up stays quick. */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  validate: async () => (await import('./validate.ts')).validate,
  render: async () => (await import('./render.ts')).render,
  plan: async () => (await import('./plan.ts')).plan,
  apply: async () => (await import('./apply.ts')).apply,
  watch: async () => (await import('./watch.ts')).watch,
  status: async () => (await import('./status.ts')).status,
  start: async () => (await import('./people.ts')).start,
  stop: async () => (await import('./people.ts')).stop,
  restart: async () => (await import('./people.ts')).restart,
  reset: async () => (await import('./people.ts')).reset,
  pause: async () => (await import('./people.ts')).pause,
  unpause: async () => (await import('./people.ts')).unpause,
  suspend: async () => (await import('./people.ts')).suspend,
  resume: async () => (await import('./people.ts')).resume,
  reconcile: async () => (await import('./people.ts')).reconcile,
  approve: async () => (await import('./people.ts')).approve,
  undefine: async () => (await import('./people.ts')).undefine,
  logs: async () => (await import('./logs.ts')).logs,
  console: async () => (await import('./console.ts')).console_,
  events: async () => (await import('./events.ts')).events,
  explain: async () => (await import('./explain.ts')).explain,
  doctor: async () => (await import('./doctor.ts')).doctor,
  init: async () => (await import('./init.ts')).init,
  completion: async () => (await import('./completion.ts')).completion,
};
