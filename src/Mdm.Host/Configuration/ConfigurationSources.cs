using System.Collections;

namespace Mdm.Host.Configuration;

/// <summary>Where the configuration comes from: a file, then the environment (<c>Mdm__Door__Port</c>), then the command line (<c>--Door:Port=8443</c>); the last one wins.</summary>
internal static class ConfigurationSources
{
    /// <summary>Prefix of the environment variables.</summary>
    public const string EnvironmentPrefix = "Mdm__";

    /// <summary>Largest configuration file, bytes.</summary>
    private const long MaxFileBytes = 4 * 1024 * 1024;

    /// <summary>Reads and merges the sources.</summary>
    /// <param name="file">The file; null for none.</param>
    /// <param name="environment">The process's environment.</param>
    /// <param name="overrides">Keys and values of the command line.</param>
    /// <exception cref="ConfigurationFaultException">The file cannot be read.</exception>
    public static IConfigurationRoot Read(string? file, IDictionary environment, IEnumerable<KeyValuePair<string, string?>> overrides)
    {
        var builder = new ConfigurationBuilder();
        using var content = file is null ? null : Open(file);
        if (content is not null)
            builder.AddJsonStream(content);
        builder.AddInMemoryCollection(FromEnvironment(environment));
        builder.AddInMemoryCollection(overrides);
        try
        {
            return builder.Build();
        }
        catch (Exception fault) when (fault is FormatException or InvalidDataException or System.Text.Json.JsonException)
        {
            var cause = fault.InnerException is System.Text.Json.JsonException json ? json : fault;
            throw new ConfigurationFaultException([new ConfigurationFault(string.Empty, $"'{file}' is not readable as JSON: {cause.Message}")]);
        }
    }

    private static MemoryStream Open(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            if (stream.Length > MaxFileBytes)
                throw new ConfigurationFaultException([new ConfigurationFault(string.Empty, $"'{file}' is larger than {MaxFileBytes} bytes.")]);
            var content = new MemoryStream();
            stream.CopyTo(content);
            content.Position = 0;
            return content;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationFaultException([new ConfigurationFault(string.Empty, $"'{file}' cannot be read: {fault.Message}")]);
        }
    }

    private static Dictionary<string, string?> FromEnvironment(IDictionary environment)
    {
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (DictionaryEntry variable in environment)
        {
            if (variable.Key is string name && name.StartsWith(EnvironmentPrefix, StringComparison.OrdinalIgnoreCase) && name.Length > EnvironmentPrefix.Length)
                values[name[EnvironmentPrefix.Length..].Replace("__", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal)] = (string?)variable.Value;
        }
        return values;
    }
}
