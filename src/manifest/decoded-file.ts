import type { Diagnostic, Position } from '../model/diagnostic.ts';
import type { KeyText, ResourceKey } from '../model/resource.ts';
import type { XmlElement } from '../xml/tree.ts';
import type { DomainClass } from './compose/domain-class.ts';
import type { Overlay } from './compose/overlay.ts';
import type { SpecNode } from './compose/spec-node.ts';
import type { Values } from './compose/substitute.ts';
import type { Declared } from './declared.ts';

/** What a file holds that means something only together with other files. */
export interface FileParts {
  readonly file: string;
  /** Resources that wait for their class, for values or for patches. */
  readonly documents: readonly SpecNode[];
  readonly classes: readonly DomainClass[];
  readonly values?: Values;
  readonly overlay?: Overlay;
}

export interface DecodedFile {
  readonly declared: readonly Declared[];
  readonly diagnostics: readonly Diagnostic[];
  /** What this file declares as far as can be told, also when it is bad: these keep their last good spec. */
  readonly mentioned: readonly KeyText[];
  readonly parts?: FileParts;
}

export interface DecodeOptions {
  /** Unknown XML elements and attributes become warnings. */
  readonly lenient?: boolean;
  /** Also what is no mistake and should not be: secrets for everybody to read. */
  readonly lint?: boolean;
  /** Changes the tree of an XML file before it is decoded; positions stay those of the text. */
  readonly prepareXml?: (root: XmlElement) => XmlElement;
  /** Told of each resource, with where its paths stand. */
  readonly onDeclared?: (key: ResourceKey, locate: (path: string) => Position) => void;
}
