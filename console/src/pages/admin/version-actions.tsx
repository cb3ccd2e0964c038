// What is done to one version of a template or an enum: obsolete or active again, and deleted for good. Each asks first.
import { useState } from 'react';
import { forbidden, useMay } from '../../api/me';
import { Button } from '../../parts/button';
import { ConfirmDialog } from '../../parts/confirm-dialog';
import { useAction } from '../../parts/use-action';

type Status = 'active' | 'obsolete';

export interface VersionActionsProps {
  /** Such as `template standard`. */
  what: string;
  version: number;
  status: Status;
  /** First word of the keys of the queries that it changes. */
  resource: 'templates' | 'enums';
  setStatus(status: Status, reason: string | undefined): Promise<unknown>;
  remove(reason: string | undefined): Promise<unknown>;
  onRemoved(): void;
}

export function VersionActions({ what, version, status, resource, setStatus, remove, onRemoved }: VersionActionsProps) {
  const why = useMay('templates') ? undefined : forbidden('templates');
  const [asked, setAsked] = useState<'status' | 'delete'>();
  const next: Status = status === 'active' ? 'obsolete' : 'active';
  const change = useAction({
    run: (reason: string | undefined) => setStatus(next, reason),
    changes: [[resource]],
    done: () => `Version ${version} is ${next}.`,
    toastsErrors: false,
  });
  const deletion = useAction({
    run: remove,
    changes: [[resource]],
    done: () => `Version ${version} is deleted.`,
    onDone: onRemoved,
    toastsErrors: false,
  });
  return (
    <>
      <Button why={why} onClick={() => setAsked('status')}>
        {next === 'obsolete' ? 'Make obsolete …' : 'Make active …'}
      </Button>
      <Button kind="danger" why={why} onClick={() => setAsked('delete')}>
        Delete …
      </Button>
      <ConfirmDialog
        isOpen={asked === 'status'}
        onClose={() => setAsked(undefined)}
        title={next === 'obsolete' ? 'Make obsolete' : 'Make active'}
        action={next === 'obsolete' ? 'Make obsolete' : 'Make active'}
        onConfirm={(reason) => change.mutateAsync(reason)}
      >
        <p className="break-words">
          {next === 'obsolete'
            ? `Version ${version} of ${what} stays readable, but nothing starts with it any more. Runs that have go on.`
            : `Version ${version} of ${what} can be used again. Who names no version gets the highest active one.`}
        </p>
      </ConfirmDialog>
      <ConfirmDialog
        isOpen={asked === 'delete'}
        onClose={() => setAsked(undefined)}
        title="Delete a version"
        action="Delete"
        isDangerous
        typed="delete"
        onConfirm={(reason) => deletion.mutateAsync(reason)}
      >
        <p className="break-words">
          Version {version} of {what} is deleted for good. Its number is not given again.
          {resource === 'enums' && ' Templates that refer to it can not be started any more.'}
        </p>
      </ConfirmDialog>
    </>
  );
}
