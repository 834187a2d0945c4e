using System.Text.Json;
using Mdm.Formats.Names;
using Mdm.Host.Access;
using Mdm.Host.Transfer;
using Microsoft.AspNetCore.Http.Features;

namespace Mdm.Host.Uploads;

/// <summary>Images that are registered, over HTTP: a POST with the object as its body; the answer says where it is published.</summary>
internal sealed class RegistrationDoor(Registration registration, CallerOf callerOf, AuditTrail audit)
{
    public async Task HandleAsync(HttpContext context)
    {
        var caller = callerOf(context);
        if (caller.Identity is not { } identity)
        {
            if (!caller.IsBanned)
                audit.Stranger("registrations", caller.RefusalReason);
            await Refusals.AnswerAsync(context, caller.IsBanned ? StatusCodes.Status403Forbidden : StatusCodes.Status401Unauthorized, caller.RefusalReason ?? "No client certificate was shown; make a proxy and try again.");
            return;
        }
        try
        {
            // As large as the options say: Kestrel's own limit is one for forms.
            if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
                limit.MaxRequestBodySize = null;
            var plan = registration.PlanOf(identity, context.Request.Query[RegistrationWire.Publication] is [{ Length: > 0 } name] ? name : null);
            var incoming = new IncomingBody(context.Request.Body, context.Request.ContentLength, ToldDigests.Of(context.Request.Headers), identity.Subject);
            var done = await registration.RegisterAsync(identity, plan, incoming, context.RequestAborted);
            var answer = JsonSerializer.SerializeToUtf8Bytes(new RegistrationAnswer(done.Entry.Id.ToString(), done.Entry.Path.ToString(), done.WasStored), RegistrationJson.Default.RegistrationAnswer);
            context.Response.StatusCode = StatusCodes.Status201Created;
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = answer.Length;
            await context.Response.Body.WriteAsync(answer, context.RequestAborted);
        }
        catch (MdmException refusal) when (!context.Response.HasStarted)
        {
            audit.Refused(identity, AuditAction.PutDone, refusal);
            context.Response.Headers[NamesWire.KindHeader] = refusal.Kind.ToString();
            // What came is not what was said of it, or no image: the client's doing, not that of a system behind.
            await Refusals.AnswerAsync(context, refusal, refusal.Kind switch { MdmErrorKind.Corrupt => StatusCodes.Status422UnprocessableEntity, MdmErrorKind.NotFound => StatusCodes.Status404NotFound, _ => null });
        }
        catch (BadHttpRequestException malformed) when (!context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            await Refusals.AnswerAsync(context, malformed.StatusCode, "The request's body ended early, or is malformed; nothing of it was kept.");
        }
        catch (Exception gone) when (context.RequestAborted.IsCancellationRequested && gone is OperationCanceledException or IOException)
        {
            context.Abort();
        }
    }
}
