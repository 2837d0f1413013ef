/** The namespace of the words that libvirt's XML has no element for. */
export const qonvergeNamespace = 'urn:qonverge:v1';

/** The namespace of libvirt's words for QEMU's own options. */
export const qemuNamespace = 'http://libvirt.org/schemas/domain/qemu/1.0';

const namespaces = { q: qonvergeNamespace, qemu: qemuNamespace } as const;

/** A name in XML as a location writes it; `q:` stands for {@link qonvergeNamespace}, `qemu:` for {@link qemuNamespace}. */
export interface XmlName {
  readonly name: string;
  readonly local: string;
  readonly namespace: string;
}

/** A location string, taken apart: elements to descend to, then an attribute or the text. */
export interface Location {
  readonly steps: readonly XmlName[];
  readonly attribute: string | undefined;
}

export function xmlName(name: string): XmlName {
  const [, prefix, local] = /^(q|qemu):(.+)$/.exec(name) ?? [];
  if (local === undefined) return { name, local: name, namespace: '' };
  return { name, local, namespace: namespaces[prefix as keyof typeof namespaces] };
}

/** `driver@cache`, `cpu/topology@cores`, `serial`, `@type`, `.`. */
export function parseLocation(at: string): Location {
  const [path = '', attribute] = at.split('@');
  const steps = path === '' || path === '.' ? [] : path.split('/').map(xmlName);
  return { steps, attribute };
}
