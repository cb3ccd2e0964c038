// Whether a version of a template or an enum may be used.

export function VersionStatus({ status }: { status: 'active' | 'obsolete' }) {
  const look = status === 'active' ? 'bg-good-soft text-good' : 'bg-calm-soft text-calm';
  return <span className={`rounded-full px-2 py-0.5 font-medium text-xs ${look}`}>{status}</span>;
}
