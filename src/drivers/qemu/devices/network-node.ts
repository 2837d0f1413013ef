import { defaultPorts } from '../../../kinds/domain/default-ports.ts';
import type { NetworkHost, NetworkStorage } from '../../../model/domain-devices.ts';
import type { Properties } from '../command-line/arguments.ts';
import type { DeviceBuild } from './contract.ts';
import { addSecret } from './secret-object.ts';

/** The protocol node of a disk on the network; its secrets and credentials come before it. */
export function networkNode(network: NetworkStorage, node: string, build: DeviceBuild): Properties {
  switch (network.protocol) {
    case 'nbd':
      return {
        driver: 'nbd',
        server: socketAddress(network, onlyHost(network)),
        export: network.name,
        'tls-creds': network.tls === true ? tlsCredentials(node, build) : undefined,
        'tls-hostname': network.tlsHostname,
        'reconnect-delay': network.reconnectDelay,
      };
    case 'rbd':
      return rbdNode(network, node, build);
    case 'iscsi':
      return iscsiNode(network, node, build);
    case 'ssh':
      return {
        driver: 'ssh',
        path: network.name,
        server: plainAddress(network, onlyHost(network)),
        user: network.auth?.username,
      };
    case 'gluster': {
      const [volume, path] = split(network.name);
      const server = (network.hosts ?? []).map((host) => socketAddress(network, host));
      return { driver: 'gluster', volume, path, server, debug: 4 };
    }
    case 'nfs':
      return {
        driver: 'nfs',
        server: { host: onlyHost(network).name, type: 'inet' },
        path: network.name,
        user: idOf(network.user),
        group: idOf(network.group),
      };
    case 'sheepdog':
      return { driver: 'sheepdog', server: socketAddress(network, onlyHost(network)), vdi: network.name };
    default:
      return curlNode(network, node, build);
  }
}

function rbdNode(network: NetworkStorage, node: string, build: DeviceBuild): Properties {
  const { auth, hosts = [] } = network;
  const [pool, image] = split(network.name);
  return {
    driver: 'rbd',
    pool,
    image,
    snapshot: network.snapshot,
    conf: network.config,
    server:
      hosts.length === 0
        ? undefined
        : hosts.map(({ name, port = defaultPorts.rbd }) => ({ host: name, port: String(port) })),
    user: auth?.username,
    'auth-client-required': auth === undefined ? undefined : ['cephx', 'none'],
    'key-secret': auth === undefined ? undefined : addSecret(`${node}-auth-secret0`, auth.secret, build),
  };
}

function iscsiNode(network: NetworkStorage, node: string, build: DeviceBuild): Properties {
  const { auth } = network;
  const { name: host = '', port = defaultPorts.iscsi } = onlyHost(network);
  const [target, lun = '0'] = (network.name ?? '').split('/');
  return {
    driver: 'iscsi',
    portal: `${bracketed(host)}:${port}`,
    target,
    lun: Number(lun),
    transport: 'tcp',
    user: auth?.username,
    'password-secret': auth === undefined ? undefined : addSecret(`${node}-auth-secret0`, auth.secret, build),
    'initiator-name': network.initiator,
  };
}

/** http, https, ftp and ftps are curl's. */
function curlNode(network: NetworkStorage, node: string, build: DeviceBuild): Properties {
  const { protocol, auth, query, cookies, sslVerify, name = '' } = network;
  const { name: host = '', port = defaultPorts[protocol] } = onlyHost(network);
  const url = `${protocol}://${bracketed(host)}:${port}/${name.replace(/^\//, '')}`;
  const isSecure = protocol === 'https' || protocol === 'ftps';
  return {
    driver: protocol,
    url: query === undefined ? url : `${url}?${query}`,
    username: auth?.username,
    'password-secret': auth === undefined ? undefined : addSecret(`${node}-auth-secret0`, auth.secret, build),
    sslverify: isSecure ? sslVerify : undefined,
    'cookie-secret':
      cookies === undefined ? undefined : addCookies(`${node}-httpcookie-secret0`, cookies, build),
    readahead: network.readahead === 0 ? undefined : network.readahead,
    timeout: network.timeout === 0 ? undefined : network.timeout,
  };
}

/** Cookies open doors like passwords do: QEMU reads them from a file of its run directory. */
function addCookies(id: string, cookies: Readonly<Record<string, string>>, build: DeviceBuild): string {
  const path = `${build.context.directory}/${id}`;
  const text = Object.entries(cookies).map(([name, value]) => `${name}=${value}`);
  build.files.push({ path, text: text.join('; ') });
  build.args.json('-object', { 'qom-type': 'secret', id, format: 'raw', file: path });
  return id;
}

function tlsCredentials(node: string, { args }: DeviceBuild): string {
  const id = `obj${node}_tls0`;
  args.json('-object', {
    'qom-type': 'tls-creds-x509',
    id,
    dir: '/etc/pki/qemu',
    endpoint: 'client',
    'verify-peer': true,
  });
  return id;
}

function onlyHost({ hosts }: NetworkStorage): NetworkHost {
  return hosts?.[0] ?? {};
}

function socketAddress({ protocol }: NetworkStorage, host: NetworkHost): Properties {
  if (host.transport === 'unix') return { type: 'unix', path: host.socket };
  return { type: 'inet', host: host.name, port: String(host.port ?? defaultPorts[protocol]) };
}

function plainAddress({ protocol }: NetworkStorage, host: NetworkHost): Properties {
  return { host: host.name, port: String(host.port ?? defaultPorts[protocol]) };
}

/** `pool/image`: what comes before the first slash, and the rest. */
function split(name = ''): readonly [string, string] {
  const slash = name.indexOf('/');
  return slash === -1 ? ['', name] : [name.slice(0, slash), name.slice(slash + 1)];
}

/** nfs: `+1000` is a number; of names only root's is known without asking a user database. */
function idOf(name: string | undefined): number | undefined {
  if (name === undefined) return undefined;
  return name === 'root' ? 0 : Number(name.replace(/^\+/, ''));
}

function bracketed(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}
