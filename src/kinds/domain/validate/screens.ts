import type { DomainSpec } from '../../../model/domain.ts';
import type { Report } from './report.ts';
import { checkEach } from './rules.ts';
import { graphicsRules, videoRules } from './screen-rules.ts';

const primaryOnly = new Set(['vga', 'cirrus', 'bochs', 'ramfb', 'vmvga']);

/** Graphics servers and video cards. */
export function checkScreens(spec: DomainSpec, report: Report): void {
  checkGraphics(spec, report);
  checkVideos(spec, report);
}

function checkGraphics(spec: DomainSpec, report: Report): void {
  const types = new Set<string>();
  const ports = new Map<number, string>();
  checkEach(graphicsRules, spec.devices?.graphics, 'spec.devices.graphics', spec, report);
  spec.devices?.graphics?.forEach((one, index) => {
    const path = `spec.devices.graphics[${index}]`;
    if (types.has(one.type))
      report('conflicting-options', `${path}.type`, `a domain has at most one ${one.type} server`);
    types.add(one.type);
    if (one.socket !== undefined && (one.port !== undefined || one.listen !== undefined))
      report(
        'conflicting-options',
        `${path}.socket`,
        'the server listens on a socket or on a port, not on both',
        'keep one of the two',
      );
    if (one.port !== undefined && one.port >= 0 && one.autoport === true)
      report(
        'conflicting-options',
        `${path}.autoport`,
        `port ${one.port} is given, and also asked to be chosen`,
        'keep one of the two',
      );
    if (one.type === 'vnc' && one.port !== undefined && one.port > 0 && one.port < 5900)
      report(
        'invalid-value',
        `${path}.port`,
        `VNC ports begin at 5900; ${one.port} is below`,
        'use 5900 or higher, or autoport',
      );
    if (one.type === 'vnc' && one.tlsPort !== undefined)
      report('conflicting-options', `${path}.tlsPort`, 'only a spice server has a TLS port');
    for (const field of ['port', 'tlsPort', 'websocket'] as const) {
      const port = one[field];
      if (port === undefined || port < 0) continue;
      if (port > 65_535)
        report('invalid-value', `${path}.${field}`, `${port} is no port: the highest is 65535`);
      const other = ports.get(port);
      if (other !== undefined)
        report('conflicting-options', `${path}.${field}`, `port ${port} is taken by ${other}`);
      ports.set(port, `${path}.${field}`);
    }
  });
}

function checkVideos(spec: DomainSpec, report: Report): void {
  const videos = spec.devices?.videos ?? [];
  checkEach(videoRules, videos, 'spec.devices.videos', spec, report);
  const primaries = videos.filter((video) => video.primary === true).length;
  const primary = videos.find((video) => video.primary === true) ?? videos[0];
  let seen = false;
  videos.forEach((video, index) => {
    const path = `spec.devices.videos[${index}]`;
    if (video.primary === true && seen)
      report('conflicting-options', `${path}.primary`, 'a domain has one primary video card');
    seen ||= video.primary === true;
    if (video.model === 'none' && videos.length > 1)
      report(
        'conflicting-options',
        `${path}.model`,
        'video none means no video card, and there are others',
        'leave it out',
      );
    if (
      video !== primary &&
      video.primary !== true &&
      primaryOnly.has(video.model ?? 'cirrus') &&
      primaries < 2
    )
      report(
        'conflicting-options',
        `${path}.model`,
        `${video.model ?? 'cirrus'} can only be the primary video card`,
        'use virtio or qxl',
      );
    if (video.model === 'ramfb' && video.address !== undefined)
      report('conflicting-options', `${path}.address`, 'ramfb is no PCI device and has no address');
  });
}
