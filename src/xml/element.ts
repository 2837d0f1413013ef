import type { Position } from '../model/diagnostic.ts';
import type { XmlElement } from './tree.ts';

/** The value of an attribute. */
export function attributeOf(element: XmlElement | undefined, name: string): string | undefined {
  return element?.attributes.find((attribute) => attribute.name === name)?.value;
}

export function childrenOf(element: XmlElement | undefined, name: string): readonly XmlElement[] {
  return (element?.children ?? []).filter(
    (child): child is XmlElement => child.type === 'element' && child.name === name,
  );
}

export function childOf(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return childrenOf(element, name)[0];
}

/** All text in an element, without the blanks around it. */
export function textOf(element: XmlElement | undefined): string {
  return (element?.children ?? [])
    .map((child) => (child.type === 'text' ? child.text : textOf(child)))
    .join('')
    .trim();
}

/** A new element, for messages at the place of an old one. */
export function elementAt(
  position: Position,
  name: string,
  values: Readonly<Record<string, string | undefined>> = {},
  children: readonly XmlElement[] = [],
): XmlElement {
  return withValues(
    { type: 'element', name, local: name, namespace: '', attributes: [], children, position },
    values,
  );
}

/** The element with these attributes; `undefined` takes one away. */
export function withValues(
  element: XmlElement,
  values: Readonly<Record<string, string | undefined>>,
): XmlElement {
  const { position } = element;
  const added = Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [{ name, local: name, namespace: '', value, position }],
  );
  return {
    ...element,
    attributes: [...element.attributes.filter(({ name }) => !Object.hasOwn(values, name)), ...added],
  };
}

/** The element as if it stood there itself: for messages about what came from another document. */
export function movedTo(position: Position, element: XmlElement): XmlElement {
  return {
    ...element,
    position,
    attributes: element.attributes.map((attribute) => ({ ...attribute, position })),
    children: element.children.map((child) =>
      child.type === 'text' ? { ...child, position } : movedTo(position, child),
    ),
  };
}
