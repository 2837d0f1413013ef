import type { DomainState, RunState, ShutdownReason } from '../../model/domain-live.ts';

/** QEMU's run state in libvirt's words. */
export function domainState(runState: RunState): DomainState {
  switch (runState) {
    case 'running':
      return 'running';
    case 'shutdown':
      return 'in shutdown';
    case 'guest-panicked':
      return 'crashed';
    case 'suspended':
      return 'pmsuspended';
    default:
      return 'paused';
  }
}

/** Why a machine in this state has stopped, when nobody heard the event. */
export function stopReasonOf(runState: RunState): ShutdownReason | undefined {
  if (runState === 'shutdown') return 'guest-shutdown';
  return runState === 'guest-panicked' ? 'guest-panic' : undefined;
}

/** Troubles that keep a machine paused until somebody helps. */
export function troubleOf(runState: RunState): string | undefined {
  switch (runState) {
    case 'io-error':
      return 'paused by an I/O error of a disk: free space or mend the disk, then `qonverge unpause`';
    case 'internal-error':
      return 'paused by an internal error of KVM or QEMU: see its log';
    case 'watchdog':
      return 'paused by its watchdog';
    default:
      return undefined;
  }
}

/**
 * Transitions that QEMU's own state machine has (softmmu/runstate.c of 7.2). Seeing another one means that we missed
 * something in between, or that QEMU is not what we think.
 */
const transitions: Readonly<Record<RunState, readonly RunState[]>> = {
  prelaunch: [
    'inmigrate',
    'running',
    'finish-migrate',
    'restore-vm',
    'save-vm',
    'paused',
    'suspended',
    'shutdown',
    'guest-panicked',
  ],
  debug: ['running', 'finish-migrate', 'prelaunch', 'suspended'],
  inmigrate: [
    'internal-error',
    'io-error',
    'paused',
    'running',
    'shutdown',
    'suspended',
    'watchdog',
    'guest-panicked',
    'finish-migrate',
    'prelaunch',
    'postmigrate',
    'colo',
  ],
  'internal-error': ['paused', 'finish-migrate', 'prelaunch'],
  'io-error': ['running', 'finish-migrate', 'prelaunch', 'paused'],
  paused: [
    'running',
    'finish-migrate',
    'postmigrate',
    'prelaunch',
    'colo',
    'suspended',
    'shutdown',
    'save-vm',
    'restore-vm',
  ],
  postmigrate: ['running', 'finish-migrate', 'prelaunch'],
  'finish-migrate': [
    'running',
    'paused',
    'postmigrate',
    'prelaunch',
    'colo',
    'internal-error',
    'io-error',
    'shutdown',
    'suspended',
    'watchdog',
    'guest-panicked',
  ],
  'restore-vm': ['running', 'prelaunch', 'suspended', 'paused'],
  colo: ['running', 'prelaunch', 'shutdown'],
  running: [
    'debug',
    'internal-error',
    'io-error',
    'paused',
    'finish-migrate',
    'restore-vm',
    'save-vm',
    'shutdown',
    'watchdog',
    'guest-panicked',
    'colo',
    'suspended',
    'prelaunch',
  ],
  'save-vm': ['running', 'suspended', 'paused'],
  shutdown: ['paused', 'finish-migrate', 'prelaunch', 'colo'],
  suspended: ['running', 'finish-migrate', 'prelaunch', 'colo', 'paused', 'shutdown'],
  watchdog: ['running', 'finish-migrate', 'prelaunch', 'colo'],
  'guest-panicked': ['running', 'finish-migrate', 'prelaunch', 'paused'],
};

export function isPossible(from: RunState, to: RunState): boolean {
  return from === to || transitions[from].includes(to);
}
