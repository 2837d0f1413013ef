/**
 * What is done about a difference: `enforce` puts it right (default); `warn` tells of what others changed and applies
 * only what the spec changes; `ensure-exists` defines and starts it once; `disabled` does nothing to it by itself. The last
 * two obey people, and wait for one before they remove it.
 */
export const reconcileModes = ['enforce', 'warn', 'ensure-exists', 'disabled'] as const;
export type ReconcileMode = (typeof reconcileModes)[number];

export const reconcileAnnotation = 'qonverge/reconcile';

type Annotations = Readonly<Record<string, string>> | undefined;

export function reconcileMode(annotations: Annotations): ReconcileMode {
  const word = annotations?.[reconcileAnnotation];
  return reconcileModes.find((mode) => mode === word) ?? 'enforce';
}

/** Its machine is people's affair. */
export function isPeoples(annotations: Annotations): boolean {
  return ['ensure-exists', 'disabled'].includes(reconcileMode(annotations));
}
