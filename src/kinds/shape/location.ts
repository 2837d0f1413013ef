/** The namespace of the words that libvirt's XML has no element for. */
export const qonvergeNamespace = 'urn:qonverge:v1';

/** A name in XML as a location writes it; `q:` stands for {@link qonvergeNamespace}. */
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
  return name.startsWith('q:')
    ? { name, local: name.slice(2), namespace: qonvergeNamespace }
    : { name, local: name, namespace: '' };
}

/** `driver@cache`, `cpu/topology@cores`, `serial`, `@type`, `.`. */
export function parseLocation(at: string): Location {
  const [path = '', attribute] = at.split('@');
  const steps = path === '' || path === '.' ? [] : path.split('/').map(xmlName);
  return { steps, attribute };
}
