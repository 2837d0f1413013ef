import type { Problem } from '../../model/diagnostic.ts';
import type { DomainDef, DomainSpec } from '../../model/domain.ts';
import { baselineCapabilities } from './baseline-capabilities.ts';
import { completeDomain } from './complete.ts';
import { checkAddresses } from './validate/addresses.ts';
import { checkBoot } from './validate/boot.ts';
import { checkCharacterSources } from './validate/character-sources.ts';
import { checkClock } from './validate/clock.ts';
import { checkBridgeOrder, checkControllers, hasPciRoot } from './validate/controllers.ts';
import { checkDevices } from './validate/devices.ts';
import { checkDisks } from './validate/disks.ts';
import { checkFilesystems } from './validate/filesystems.ts';
import { checkHostdevs } from './validate/hostdevs.ts';
import { checkIdentity } from './validate/identity.ts';
import { checkIndividualVcpus } from './validate/individual-vcpus.ts';
import { checkInputs } from './validate/inputs.ts';
import { checkInterfaces } from './validate/interfaces.ts';
import { checkIommu } from './validate/iommu.ts';
import { checkLifecycle } from './validate/lifecycle.ts';
import { checkMachine } from './validate/machine.ts';
import { checkMemoryDevices } from './validate/memory-devices.ts';
import { checkNuma } from './validate/numa.ts';
import { checkOverrides } from './validate/overrides.ts';
import { checkProbe } from './validate/probe.ts';
import { checkProcessor } from './validate/processor.ts';
import { collectProblems, type Report } from './validate/report.ts';
import { checkRestartPolicy } from './validate/restart-policy.ts';
import { checkSafety } from './validate/safety.ts';
import { checkScreens } from './validate/screens.ts';
import { checkSecurityLabels } from './validate/security-labels.ts';
import { checkSounds } from './validate/sounds.ts';
import { checkTuning } from './validate/tuning.ts';
import { checkUnapplied } from './validate/unapplied.ts';

/** Mistakes that a schema cannot see, of one definition as it was written. */
export function validateDomain(def: DomainDef): readonly Problem[] {
  const { spec } = def;
  const problems = collectProblems((report) => checkSpec(spec, report));
  if (problems.some((problem) => problem.severity !== 'warning')) return problems;
  return [...problems, ...validateCompleted(completeDomain(def, undefined, baselineCapabilities))];
}

/** What only shows once addresses, buses and indexes are assigned: two devices in one place, or a device without one. */
export function validateCompleted(def: DomainDef): readonly Problem[] {
  return collectProblems((report) => {
    checkDisks(def.spec, report);
    checkControllers(def.spec, report);
    checkBridgeOrder(def.spec, report);
    if (hasPciRoot(def.spec)) checkAddresses(def.spec, report);
  });
}

function checkSpec(spec: DomainSpec, report: Report): void {
  checkProcessor(spec, report);
  checkIndividualVcpus(spec, report);
  checkNuma(spec, report);
  checkTuning(spec, report);
  checkUnapplied(spec, report);
  checkMachine(spec, report);
  checkLifecycle(spec, report);
  checkBoot(spec, report);
  checkIdentity(spec, report);
  checkDisks(spec, report);
  checkFilesystems(spec, report);
  checkInterfaces(spec, report);
  checkHostdevs(spec, report);
  checkScreens(spec, report);
  checkDevices(spec, report);
  checkControllers(spec, report);
  if (spec.readiness) checkProbe(spec.readiness, 'spec.readiness', spec, report);
  if (spec.safety) checkSafety(spec.safety, spec, report);
  checkBridgeOrder(spec, report);
  checkCharacterSources(spec, report);
  checkMemoryDevices(spec, report);
  checkClock(spec, report);
  checkInputs(spec, report);
  checkSounds(spec, report);
  checkIommu(spec, report);
  checkRestartPolicy(spec, report);
  checkSecurityLabels(spec, report);
  checkOverrides(spec, report);
}
