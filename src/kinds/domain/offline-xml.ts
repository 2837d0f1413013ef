import type { XmlElement } from '../../xml/tree.ts';

/**
 * Takes out of `<domain>` what is not configuration: what libvirt writes only while a machine runs (ids, aliases, what it
 * opened, chose and measured), and the paths that it makes anew at each start.
 */
export function offlineXml(domain: XmlElement): XmlElement {
  if (!isLive(domain)) return inDevices(domain, withoutMadePaths);
  return inDevices(
    change(domain, { without: ['id'], child: (child) => (isRuntime(child) ? undefined : child) }),
    (device) => withoutMadePaths(offlineDevice(device)),
  );
}

/** `dumpxml` without `--inactive`: a machine that runs has an id. */
export function isLive(domain: XmlElement): boolean {
  return value(domain, 'id') !== undefined;
}

function isRuntime(child: XmlElement): boolean {
  if (child.name === 'seclabel')
    return value(child, 'type') === 'dynamic' && !child.children.some(isNamed('baselabel'));
  return child.name === 'resource' && text(child) === '/machine';
}

function offlineDevice(device: XmlElement): XmlElement {
  return change(device, {
    without: device.name === 'console' ? ['tty'] : [],
    child: (child) => {
      switch (child.name) {
        case 'alias':
          return value(child, 'name')?.startsWith('ua-') ? child : undefined;
        case 'mirror':
        case 'backingStore':
          return undefined;
        case 'source':
          return offlineSource(device, child);
        case 'target':
          return offlineTarget(device, child);
        case 'cid':
          return value(child, 'auto') === 'yes' ? change(child, { without: ['address'] }) : child;
        case 'listen':
          return value(child, 'type') === 'network' ? change(child, { without: ['address'] }) : child;
        default:
          return child;
      }
    },
  });
}

function offlineSource(device: XmlElement, source: XmlElement): XmlElement | undefined {
  const type = value(device, 'type');
  if (type === 'pty') return undefined;
  if (device.name === 'interface' && type === 'network')
    return change(source, { without: ['portid', 'bridge', 'dev', 'mode'] });
  return change(source, { without: ['index'] });
}

function offlineTarget(device: XmlElement, target: XmlElement): XmlElement | undefined {
  if (device.name === 'interface')
    return /^(vnet|macvtap|macvlan|vdpa)\d+$/.test(value(target, 'dev') ?? '') ? undefined : target;
  if (device.name === 'memory')
    return change(target, { child: (child) => (child.name === 'current' ? undefined : child) });
  return change(target, { without: ['state'] });
}

const madeByLibvirt = /^\/(var\/lib|var\/run|run)\/libvirt\/qemu\/(channel\/|domain-)/;

/** Sockets and ports that libvirt picks by itself stand in its own files too, and mean nothing to the next start. */
function withoutMadePaths(device: XmlElement): XmlElement {
  const made = (element: XmlElement, name: string) => madeByLibvirt.test(value(element, name) ?? '');
  if (device.name === 'graphics') {
    const auto = value(device, 'autoport') === 'yes' ? ['port', 'tlsPort', 'websocket'] : [];
    return change(device, {
      without: made(device, 'socket') ? [...auto, 'socket'] : auto,
      child: (child) => (made(child, 'socket') ? change(child, { without: ['socket'] }) : child),
    });
  }
  if (!['serial', 'parallel', 'console', 'channel'].includes(device.name)) return device;
  return change(device, {
    child: (child) => (child.name === 'source' && made(child, 'path') ? undefined : child),
  });
}

interface Change {
  readonly without?: readonly string[];
  readonly child?: (child: XmlElement) => XmlElement | undefined;
}

function change(element: XmlElement, { without = [], child = (same) => same }: Change): XmlElement {
  return {
    ...element,
    attributes: element.attributes.filter(({ name }) => !without.includes(name)),
    children: element.children
      .map((node) => (node.type === 'text' ? node : child(node)))
      .filter((node) => node !== undefined),
  };
}

function inDevices(domain: XmlElement, device: (device: XmlElement) => XmlElement): XmlElement {
  return change(domain, {
    child: (child) => (child.name === 'devices' ? change(child, { child: device }) : child),
  });
}

function value(element: XmlElement, name: string): string | undefined {
  return element.attributes.find((attribute) => attribute.name === name)?.value;
}

function text(element: XmlElement): string {
  return element.children
    .map((child) => (child.type === 'text' ? child.text : text(child)))
    .join('')
    .trim();
}

function isNamed(name: string) {
  return (node: XmlElement['children'][number]) => node.type === 'element' && node.name === name;
}
