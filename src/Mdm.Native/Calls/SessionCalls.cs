using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.InteropServices;
using Mdm.Abstractions;
using Mdm.Client;
using Mdm.Native.Handles;

namespace Mdm.Native.Calls;

/// <summary>Sessions, what calls waiting calls off, and what the library is.</summary>
internal static unsafe class SessionCalls
{
    /// <summary>MDM_ABI_VERSION.</summary>
    public const uint AbiVersion = 1;

    // Held for as long as the process lives: callers keep the pointers.
    private static readonly nint Version = Marshal.StringToCoTaskMemUTF8(typeof(SessionCalls).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown");
    private static readonly nint UnknownKind = Marshal.StringToCoTaskMemUTF8("unknown");
    private static readonly ImmutableArray<nint> KindNames = [.. Enum.GetValues<Kind>().Select(kind => Marshal.StringToCoTaskMemUTF8(InWords(kind.ToString())))];

    [UnmanagedCallersOnly(EntryPoint = "mdm_abi_version")]
    public static uint OfAbi() => AbiVersion;

    [UnmanagedCallersOnly(EntryPoint = "mdm_version")]
    public static byte* OfLibrary() => (byte*)Version;

    [UnmanagedCallersOnly(EntryPoint = "mdm_kind_name")]
    public static byte* NameOf(int kind) => (byte*)(kind >= 0 && kind < KindNames.Length ? KindNames[kind] : UnknownKind);

    [UnmanagedCallersOnly(EntryPoint = "mdm_session_open")]
    public static int Open(SessionOptionsStruct* options, ulong* session, ErrorStruct* error) => Boundary.Run(error, () =>
    {
        Boundary.Demand(session, nameof(session));
        *session = 0;
        var environment = GridEnvironment.Read();
        TimeSpan? silence = null;
        if (options is not null)
        {
            var given = Boundary.Taken(options, nameof(options));
            if (given.Abi != AbiVersion)
                throw new CallException(Kind.BadArgument, $"The program was built with mdm.h of the binary interface {given.Abi}; this library has {AbiVersion}.");
            Boundary.DemandZero(given.Reserved);
            environment = Over(environment, given);
            silence = Boundary.TimeLimit(given.CallTimeoutMilliseconds, "call_timeout_ms");
        }
        try
        {
            *session = Boundary.Handles.Add(new Session(environment, silence));
        }
        catch (MdmException e) when (e.Kind is not MdmErrorKind.InvalidName)
        {
            throw new CallException(Kind.NoCredential, e.Message, e);
        }
        return Kind.Ok;
    });

    [UnmanagedCallersOnly(EntryPoint = "mdm_session_close")]
    public static int Close(ulong session, ErrorStruct* error) => Boundary.Close<Session>(session, error);

    [UnmanagedCallersOnly(EntryPoint = "mdm_cancel_create")]
    public static int CreateCancel(ulong* cancel, ErrorStruct* error) => Boundary.Run(error, () =>
    {
        Boundary.Demand(cancel, nameof(cancel));
        *cancel = Boundary.Handles.Add(new Cancel());
        return Kind.Ok;
    });

    [UnmanagedCallersOnly(EntryPoint = "mdm_cancel_now")]
    public static int CancelNow(ulong cancel, ErrorStruct* error) => Boundary.Run(error, () =>
    {
        using var use = Boundary.Handles.Use<Cancel>(cancel);
        use.Value.Now();
        return Kind.Ok;
    });

    [UnmanagedCallersOnly(EntryPoint = "mdm_cancel_close")]
    public static int CloseCancel(ulong cancel, ErrorStruct* error) => Boundary.Close<Cancel>(cancel, error);

    private static GridEnvironment Over(GridEnvironment environment, in SessionOptionsStruct options)
    {
        var proxy = Boundary.Text(options.ProxyFile, "proxy_file");
        var key = Boundary.Text(options.KeyFile, "key_file");
        return environment with
        {
            CertificateFile = proxy ?? environment.CertificateFile,
            KeyFile = key ?? proxy ?? environment.KeyFile,
            TrustDirectory = Boundary.Text(options.TrustDirectory, "trust_directory") ?? environment.TrustDirectory,
            Endpoint = Boundary.Text(options.Endpoint, "endpoint") ?? environment.Endpoint,
            Keystores = Boundary.Text(options.Keystores, "keystores") ?? environment.Keystores,
            MetadataServers = Boundary.Text(options.MetadataServers, "metadata_servers") ?? environment.MetadataServers,
        };
    }

    private static string InWords(string name) => string.Concat(name.Select((c, i) => i > 0 && char.IsUpper(c) ? " " + char.ToLowerInvariant(c) : char.ToLowerInvariant(c).ToString()));
}
