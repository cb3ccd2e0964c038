// The sections of the admin page, in the order in which they are listed, by their place in the path.
import {
  Construction,
  Cpu,
  DatabaseZap,
  FileClock,
  FileJson2,
  HeartPulse,
  Layers,
  ListTree,
  type LucideIcon,
  MailX,
  Trash2,
} from 'lucide-react';
import type { ComponentType } from 'react';
import { AuditSection } from './audit-section';
import { BulkJobsSection } from './bulk-jobs-section';
import { DeadLettersSection } from './dead-letters-section';
import { DiagnosticsSection } from './diagnostics-section';
import { EnumsSection } from './enums/enums-section';
import { ExecutorsSection } from './executors-section';
import { MaintenanceSection } from './maintenance/maintenance-section';
import { RetentionSection } from './retention/retention-section';
import { SchemaSection } from './schema-section';
import { TemplatesSection } from './templates/templates-section';

export interface AdminSection {
  /** In the path. */
  id: string;
  name: string;
  icon: LucideIcon;
  Section: ComponentType;
}

export const SECTIONS: readonly AdminSection[] = [
  { id: 'maintenance', name: 'Maintenance', icon: Construction, Section: MaintenanceSection },
  { id: 'executors', name: 'Executors', icon: Cpu, Section: ExecutorsSection },
  { id: 'schema', name: 'Schema', icon: DatabaseZap, Section: SchemaSection },
  { id: 'retention', name: 'Retention', icon: Trash2, Section: RetentionSection },
  { id: 'dead-letters', name: 'Dead letters', icon: MailX, Section: DeadLettersSection },
  { id: 'templates', name: 'Templates', icon: FileJson2, Section: TemplatesSection },
  { id: 'enums', name: 'Enums', icon: ListTree, Section: EnumsSection },
  { id: 'bulk-jobs', name: 'Bulk jobs', icon: Layers, Section: BulkJobsSection },
  { id: 'diagnostics', name: 'Diagnostics', icon: HeartPulse, Section: DiagnosticsSection },
  { id: 'audit', name: 'Audit', icon: FileClock, Section: AuditSection },
];
