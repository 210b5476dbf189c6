// What every form needs: busy while it is sent, and what was wrong with which field.
import { useState } from 'preact/hooks';
import { fieldErrors, sentence } from './stores/words';

export interface Form {
  readonly busy: boolean;
  /** About the whole; undefined when the fields say it. */
  readonly problem: string | undefined;
  error(field: string): string | undefined;
  /** Says what is wrong before anything is sent. */
  refuse(fields: Record<string, string>): void;
  /** Answers whether it worked. */
  run(action: () => Promise<unknown>): Promise<boolean>;
}

export function useForm(): Form {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [fields, setFields] = useState<Record<string, string>>({});
  return {
    busy,
    problem,
    error: (field) => fields[field],
    refuse(found) {
      setProblem(undefined);
      setFields(found);
      focusFirst();
    },
    async run(action) {
      setBusy(true);
      setProblem(undefined);
      setFields({});
      try {
        await action();
        return true;
      } catch (error) {
        const found = fieldErrors(error);
        setFields(found);
        setProblem(Object.keys(found).length ? undefined : sentence(error));
        focusFirst();
        return false;
      } finally {
        setBusy(false);
      }
    },
  };
}

/** After the fields were drawn with their errors. */
function focusFirst(): void {
  setTimeout(() => document.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
}
