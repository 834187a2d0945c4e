using System.Globalization;
using System.Net;
using Mdm.Abstractions;
using Mdm.Formats.Amga;

namespace Mdm.Plugins.Amga.Sessions;

/// <summary>How a connection begins: with a session, or with what the first command is answered.</summary>
internal sealed record Beginning(Session? Session, AmgaException? Refusal);

/// <summary>Greeting, options and login of a connection. The login has no answer of its own: who is refused is told so when he sends a command.</summary>
internal sealed class Handshake(AmgaService service, Conversation conversation)
{
    private const string Ok = "OK\n";
    private const string Plain = "plain";
    private const string Secure = "ssl";
    private const string Resume = "resume";
    private const string SecureResume = "resumeSSL";
    private const int Protocol = 2;

    /// <summary>Null when the connection ends here.</summary>
    /// <exception cref="AmgaProtocolException">A line, or their number, exceeds a limit.</exception>
    public ValueTask<Beginning?> RunAsync() => conversation.WithinHandshakeAsync(BeginAsync);

    private bool MayBePlain => service.Options.Plain switch
    {
        PlainUse.Yes => true,
        PlainUse.Loopback => conversation.Connection.RemoteAddress is { } address && IPAddress.IsLoopback(address),
        _ => false,
    };

    private List<string> Offered()
    {
        var offered = new List<string>(4);
        if (MayBePlain)
            offered.Add(Plain);
        offered.Add(Secure);
        if (service.Options.Sessions == SessionUse.No)
            return offered;
        if (MayBePlain)
            offered.Add(Resume);
        offered.Add(SecureResume);
        return offered;
    }

    private async ValueTask<Beginning?> BeginAsync(CancellationToken cancellationToken)
    {
        await conversation.SayAsync(System.Text.Encoding.UTF8.GetString(new AmgaGreeting(service.Options.Greeting, Protocol, Offered()).ToBytes())).ConfigureAwait(false);
        if (await HandshakeLines.ReadBlockAsync(conversation.Connection.Stream, cancellationToken).ConfigureAwait(false) is not { } asked)
            return null;
        foreach (var option in asked)
        {
            if (option == "statistics")
                return await TellStatisticsAsync().ConfigureAwait(false);
            if (option == Plain)
                return MayBePlain ? await LogInAsync(await GreetAsync(null).ConfigureAwait(false), cancellationToken).ConfigureAwait(false) : await RefuseAsync(option).ConfigureAwait(false);
            if (option == Secure)
                return await LogInAsync(await SecureAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
            if (option.StartsWith(SecureResume, StringComparison.Ordinal))
                return service.Options.Sessions == SessionUse.No ? await RefuseAsync(SecureResume).ConfigureAwait(false) : TakeUp(option[SecureResume.Length..], await SecureAsync(cancellationToken).ConfigureAwait(false));
            // To a plain resume the server says nothing: the client's next line is a command.
            if (option.StartsWith(Resume, StringComparison.Ordinal))
                return service.Options.Sessions == SessionUse.No || !MayBePlain ? await RefuseAsync(Resume).ConfigureAwait(false) : TakeUp(option[Resume.Length..], new Arrival(Owner(isSecure: false, null), null));
        }
        await RefuseAsync("what was asked for").ConfigureAwait(false);
        return null;
    }

    private SessionOwner Owner(bool isSecure, GridIdentity? identity) => new(isSecure, identity, conversation.Connection.RemoteAddress);

    private async ValueTask<Arrival> GreetAsync(AmgaException? refusal)
    {
        await conversation.SayAsync(Ok).ConfigureAwait(false);
        return new Arrival(Owner(isSecure: false, null), refusal);
    }

    private async ValueTask<Arrival> SecureAsync(CancellationToken cancellationToken)
    {
        await conversation.SayAsync(Ok).ConfigureAwait(false);
        try
        {
            return new Arrival(Owner(isSecure: true, await conversation.Connection.AuthenticateAsync(cancellationToken).ConfigureAwait(false)), null);
        }
        catch (MdmException refusal) when (refusal.Kind == MdmErrorKind.AccessDenied)
        {
            return new Arrival(Owner(isSecure: true, null), new AmgaException(AmgaError.PermissionDenied, refusal.Message, refusal));
        }
        catch (MdmException refusal)
        {
            // The client expects TLS and could not read a word of it.
            throw new IOException(refusal.Message, refusal);
        }
    }

    private Beginning TakeUp(string id, Arrival arrival)
    {
        if (arrival.Refusal is not null)
            return new Beginning(null, arrival.Refusal);
        return service.TryTake(id.Trim(), arrival.Owner) is { } session
            ? new Beginning(session, null)
            : new Beginning(null, new AmgaException(AmgaError.PermissionDenied, "There is no such session, or it has ended. Log in again."));
    }

    private async ValueTask<Beginning?> LogInAsync(Arrival arrival, CancellationToken cancellationToken)
    {
        if (await HandshakeLines.ReadBlockAsync(conversation.Connection.Stream, cancellationToken).ConfigureAwait(false) is not { } lines)
            return null;
        var refusal = arrival.Refusal;
#pragma warning disable CA1031 // Whatever the look-up throws, the client is told that it failed; nobody but the log hears more of it.
        try
        {
            if (refusal is null)
            {
                var login = LoginOf(lines);
                var principal = await service.Accounts.LogInAsync(login, arrival.Owner.Identity, cancellationToken).ConfigureAwait(false);
                service.Statistics.SessionBegan();
                Log.SessionBegins(service.Logger, principal.User);
                return new Beginning(new Session(service.Commands.Begin(principal, login), arrival.Owner), null);
            }
        }
        catch (AmgaException refused)
        {
            refusal = refused;
        }
        catch (MdmException refused)
        {
            refusal = new AmgaException(refused.Kind == MdmErrorKind.AccessDenied ? AmgaError.PermissionDenied : AmgaError.Internal, refused.Message, refused);
        }
        catch (Exception fault) when (fault is not (OperationCanceledException or IOException))
        {
            Log.LoginThrew(service.Logger, fault.GetType().FullName, fault.StackTrace?.Split('\n')[0].Trim());
            refusal = new AmgaException(AmgaError.Internal, "The server failed; its log says where.", fault);
        }
#pragma warning restore CA1031
        Log.LoginRefused(service.Logger, refusal.Code);
        return new Beginning(null, refusal);
    }

    // Lines of a digit and a text, in any order; what nobody knows is passed over.
    private static Login LoginOf(IReadOnlyList<string> lines)
    {
        var said = new string?[6];
        foreach (var line in lines)
        {
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            if (!int.TryParse(space < 0 ? line : line[..space], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                throw new AmgaException(AmgaError.IllegalCommand, "A line of the login does not begin with its number.");
            if (number < said.Length)
                said[number] = space < 0 ? string.Empty : line[(space + 1)..];
        }
        return new Login(said[0], said[2], said[3], said[4], said[5]);
    }

    private async ValueTask<Beginning?> RefuseAsync(string option)
    {
        await conversation.SayAsync($"{(int)AmgaError.PermissionDenied} This server does not offer {option} here; it offers: {string.Join(' ', Offered())}\n").ConfigureAwait(false);
        return null;
    }

    private async ValueTask<Beginning?> TellStatisticsAsync()
    {
        await conversation.SayAsync(service.TryTellStatistics() ?? $"{(int)AmgaError.PermissionDenied} Asked more often than {nameof(SessionOptions.StatisticsPerMinute)} ({service.Options.StatisticsPerMinute})\n").ConfigureAwait(false);
        return null;
    }

    /// <summary>Who is there, before he has said who he wants to be.</summary>
    private sealed record Arrival(SessionOwner Owner, AmgaException? Refusal);
}
