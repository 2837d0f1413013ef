import type { Position } from '../model/diagnostic.ts';

/** An element tree with positions; the only XML form that other rooms see. */
export interface XmlElement {
  readonly type: 'element';
  /** As written, with prefix: `q:domain`. */
  readonly name: string;
  readonly local: string;
  readonly namespace: string;
  readonly attributes: readonly XmlAttribute[];
  readonly children: readonly XmlNode[];
  readonly position: Position;
}

export interface XmlAttribute {
  readonly name: string;
  readonly local: string;
  readonly namespace: string;
  readonly value: string;
  readonly position: Position;
}

export interface XmlText {
  readonly type: 'text';
  readonly text: string;
  readonly position: Position;
}

export type XmlNode = XmlElement | XmlText;
