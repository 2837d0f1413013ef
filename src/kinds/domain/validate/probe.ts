import type { DomainSpec } from '../../../model/domain.ts';
import type { Probe, SerialMarker } from '../../../model/probe.ts';
import { serialFiles } from '../serial-files.ts';
import type { Report } from './report.ts';

/** A probe that can succeed: it asks something, and what it asks is there to answer. */
export function checkProbe(probe: Probe, path: string, spec: DomainSpec, report: Report): void {
  const { tcp, exec, agentPing, marker, period, timeout } = probe;
  if (tcp === undefined && exec === undefined && !agentPing && marker === undefined)
    report('missing-field', path, 'asks nothing', 'give tcp, exec, agentPing or marker');
  if (tcp !== undefined && !isAddress(tcp.host))
    report(
      'invalid-value',
      `${path}.tcp.host`,
      `${tcp.host} is no IP address: names are not looked up`,
      'write 10.0.0.5:22 or [fd00::5]:22',
    );
  const asksAgent = exec === undefined ? (agentPing ? 'agentPing' : undefined) : 'exec';
  const agent = spec.devices?.channels?.find(({ targetName }) => targetName === 'org.qemu.guest_agent.0');
  if (asksAgent !== undefined && (agent === undefined || (agent.type ?? 'unix') !== 'unix'))
    report(
      'missing-field',
      `${path}.${asksAgent}`,
      'needs the channel of the guest agent',
      'add channels: [{type: unix, targetName: org.qemu.guest_agent.0}]',
    );
  if (marker !== undefined) checkMarker(marker, `${path}.marker`, spec, report);
  for (const [name, time] of Object.entries({ period, timeout }))
    if (time === 0) report('invalid-value', `${path}.${name}`, 'must be at least a second', 'write 1s');
}

function checkMarker({ text, pattern }: SerialMarker, path: string, spec: DomainSpec, report: Report): void {
  if ((text === undefined) === (pattern === undefined))
    report('conflicting-options', path, 'either text or pattern', 'write marker: "login:"');
  if (serialFiles(spec).length === 0)
    report(
      'missing-field',
      path,
      'no serial port is written to a file',
      'give a serial port a logFile, or add serials: [{type: file, path: /var/log/vm.log}]',
    );
  if (pattern === undefined) return;
  try {
    new RegExp(pattern, 'u');
  } catch (error) {
    const why = error instanceof Error ? error.message : '';
    report('invalid-value', `${path}.pattern`, `not a regular expression: ${why}`);
  }
}

function isAddress(host: string): boolean {
  const v4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(host);
  if (v4) return v4.slice(1).every((part) => Number(part) <= 255);
  return host.includes(':') && URL.canParse(`http://[${host}]/`);
}
