// What stands under a field: its description, and its limits.
export function FieldHint({ description, limits }: { description: string | undefined; limits: string }) {
  return (
    <>
      {description}
      {description !== undefined && limits !== '' && ' · '}
      {limits}
    </>
  );
}
