import type { Template } from "../../api/types";
import { useTemplates } from "../../api/queries";
import { ArrowRightRegular, SearchRegular } from "../../ui/icons";
import { Empty, Failure, Skeleton } from "../../ui/States";
import css from "./explorer.module.css";

/** The templates as cards under their headings: what each one answers. */
export function Gallery({ templates, onPick }: { templates: readonly Template[]; onPick: (query: string) => void }) {
  const { error, isPending, refetch } = useTemplates();
  if (error) return <Failure what="The templates could not be read" error={error} retry={refetch} />;
  if (isPending) return <Skeleton rows={8} height={40} />;
  if (templates.length === 0) return <Empty icon={SearchRegular} title="No templates">Write a query above, or add templates as rule files.</Empty>;
  const headings = [...new Set(templates.map(({ category }) => category))];
  return (
    <div className={css.gallery}>
      {headings.map((heading) => (
        <section key={heading}>
          <h2>{heading}</h2>
          <ul>
            {templates.filter(({ category }) => category === heading).map((template) => (
              <li key={template.id}>
                <button type="button" onClick={() => onPick(template.query.trim())}>
                  <strong>{template.title}</strong><span>{template.description}</span>
                  <em>Open query<ArrowRightRegular aria-hidden="true" /></em>
                </button>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}
